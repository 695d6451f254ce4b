//! The safetensors format: named tensors and some words about them in one file, as PyTorch's ecosystem reads and writes it
//! (<https://huggingface.co/docs/safetensors>).
//!
//! Eight bytes that say how long the header is, a header of JSON, the tensors' bytes end to end. The crate of that name does
//! as much, but it and the JSON library behind it would be some 25 KiB of the page; the tests hold this file against it.

use std::fmt::Write;

/// A header of more bytes is not believed: those of our files have some 100 KB. What is read of a header takes at most
/// [`MOST_TIMES`] its bytes of memory.
pub const MOST_HEADER_BYTES: usize = 4_000_000;
/// Bytes of memory that a byte of the header may cost.
pub const MOST_TIMES: usize = 48;
/// Extents of a tensor. The largest that we have are five.
const MOST_EXTENTS: usize = 16;

/// The numbers of a tensor that is to be written.
#[derive(Clone, Copy, Debug)]
pub enum Numbers<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    /// Rounded to half precision: 11 bits.
    F16(&'a [f32]),
}

impl Numbers<'_> {
    /// The type as a file has it.
    fn dtype(&self) -> &'static str {
        match self {
            Numbers::F64(_) => "F64",
            Numbers::F32(_) => "F32",
            Numbers::F16(_) => "F16",
        }
    }

    /// Appends the bytes.
    fn write(&self, data: &mut Vec<u8>) {
        match self {
            Numbers::F64(values) => data.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Numbers::F32(values) => data.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Numbers::F16(values) => data.extend(values.iter().flat_map(|&value| half(value).to_le_bytes())),
        }
    }
}

/// A tensor of a file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct View<'a> {
    pub name: String,
    /// As the file has it: `F32`, `F64`, `I64` and so on.
    pub dtype: String,
    pub shape: Vec<usize>,
    /// Little-endian.
    pub data: &'a [u8],
}

/// What a file holds, in the order of its header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorFile<'a> {
    /// Words about the tensors, by key.
    pub metadata: Vec<(String, String)>,
    pub tensors: Vec<View<'a>>,
}

impl View<'_> {
    /// Its numbers, of whatever float type; None for other types. What is too large for an `f32` becomes infinite.
    pub fn floats(&self) -> Option<Vec<f32>> {
        let halves = |of: fn(u16) -> f32| {
            self.data.as_chunks().0.iter().map(|&bytes| of(u16::from_le_bytes(bytes))).collect::<Vec<f32>>()
        };
        Some(match &self.dtype[..] {
            "F32" => bytemuck::pod_collect_to_vec(self.data),
            "F64" => self.data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect(),
            "F16" => halves(of_half),
            // The upper half of an f32.
            "BF16" => halves(|bits| f32::from_bits(u32::from(bits) << 16)),
            _ => return None,
        })
    }
}

/// Bytes of a number; None for types that we never use.
fn bytes_of(dtype: &str) -> Option<usize> {
    match dtype {
        "F16" | "BF16" => Some(2),
        "F32" => Some(4),
        "F64" => Some(8),
        _ => None,
    }
}

impl<'a> TensorFile<'a> {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, in a few words: cut off, not JSON, tensors that overlap, leave gaps or have not the length of
    /// their shape.
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let (length, rest) = bytes.split_first_chunk().ok_or("it ends within the length of its header")?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > rest.len() {
            return Err(format!("its header should have {length} bytes, and {} are there", rest.len()));
        }
        if length > MOST_HEADER_BYTES {
            return Err(format!("its header has {length} bytes, and more than {MOST_HEADER_BYTES} are not read"));
        }
        let (header, data) = rest.split_at(length);
        let text = std::str::from_utf8(header).map_err(|_| "its header is not text")?;
        let mut json = Json { text, at: 0, wrong: None };
        let Some(file) = json.file(data) else {
            let place = || format!("its header cannot be understood at byte {}", json.at);
            return Err(json.wrong.take().unwrap_or_else(place));
        };
        let tensors = &file.tensors;
        let names = crate::order::by(tensors.len(), |a, b| tensors[a].name.cmp(&tensors[b].name));
        if let Some(twice) = names.windows(2).find(|pair| tensors[pair[0]].name == tensors[pair[1]].name) {
            return Err(format!("it has `{}` twice", tensors[twice[0]].name));
        }
        // In any order of the names, the tensors must lie end to end.
        let start = |view: &View| view.data.as_ptr() as usize;
        let order = crate::order::by(tensors.len(), |a, b| {
            let [a, b] = [&tensors[a], &tensors[b]];
            (start(a), a.data.len()).cmp(&(start(b), b.data.len()))
        });
        let mut end = data.as_ptr() as usize;
        for view in order.into_iter().map(|index| &tensors[index]) {
            let numbers = view.shape.iter().try_fold(1, |all: usize, &extent| all.checked_mul(extent));
            let wanted = bytes_of(&view.dtype).map_or(Some(view.data.len()), |bytes| numbers?.checked_mul(bytes));
            let View { name, dtype, shape, data } = view;
            if start(view) != end {
                let wrong = if start(view) < end { "overlaps another tensor" } else { "leaves a gap before it" };
                return Err(format!("`{name}` {wrong}"));
            }
            if wanted != Some(data.len()) {
                return Err(format!("`{name}` has {} bytes, which is not what {shape:?} of {dtype} takes", data.len()));
            }
            end += data.len();
        }
        if end != data.as_ptr_range().end as usize {
            return Err("there are bytes that belong to no tensor".into());
        }
        Ok(file)
    }

    /// A tensor by its name.
    pub fn tensor(&self, name: &str) -> Option<&View<'a>> {
        self.tensors.iter().find(|view| view.name == name)
    }

    /// Words about the tensors, by their key.
    pub fn word(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(known, _)| known == key).map(|(_, value)| &value[..])
    }
}

/// Makes a file of tensors, the widest numbers first, so that each lies where its numbers can be read in place.
pub fn write(metadata: &[(&str, String)], tensors: &[(String, Vec<usize>, Numbers)]) -> Vec<u8> {
    let mut header = String::from("{\"__metadata__\":{");
    for (index, (key, value)) in metadata.iter().enumerate() {
        header.push_str(if index == 0 { "" } else { "," });
        quote(&mut header, key);
        header.push(':');
        quote(&mut header, value);
    }
    header.push('}');
    let mut data: Vec<u8> = Vec::new();
    for dtype in ["F64", "F32", "F16"] {
        for (name, shape, numbers) in tensors.iter().filter(|(_, _, numbers)| numbers.dtype() == dtype) {
            let start = data.len();
            numbers.write(&mut data);
            header.push(',');
            quote(&mut header, name);
            let end = data.len();
            _ = write!(header, ":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}");
        }
    }
    header.push('}');
    // Spaces, so that the numbers begin at a multiple of eight.
    let length = header.len().next_multiple_of(8);
    let mut file = (length as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.resize(8 + length, b' ');
    file.extend_from_slice(&data);
    file
}

/// The nearest number of half precision (IEEE 754 binary16), of two as near the even one, as its bits. What is too large
/// becomes infinite.
pub fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let (sign, rest) = ((bits >> 16) as u16 & 0x8000, bits & 0x7fff_ffff);
    if rest > 0x7f80_0000 {
        return sign | 0x7e00;
    }
    // Below 2^-14 the steps are all 2^-24.
    if rest < 0x3880_0000 {
        let steps = f32::from_bits(rest) * 16_777_216.0;
        return sign | steps.round_ties_even() as u16;
    }
    // The exponent begins at 15 in place of 127; a carry out of the 10 bits raises it, in the end to infinity.
    let rounded = rest + 0xfff + (rest >> 13 & 1);
    sign | (((rounded >> 13) - (112 << 10)).min(0x7c00)) as u16
}

/// The number that such bits stand for.
pub fn of_half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(bits >> 10 & 31), u32::from(bits & 0x3ff));
    let rest = match exponent {
        0 => (fraction as f32 / 16_777_216.0).to_bits(),
        31 => 0x7f80_0000 | fraction << 13,
        _ => (exponent + 112) << 23 | fraction << 13,
    };
    f32::from_bits(sign | rest)
}

/// Adds a string as JSON has it.
fn quote(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c < ' ' => _ = write!(json, "\\u{:04x}", c as u32),
            c => json.push(c),
        }
    }
    json.push('"');
}

/// A reader of the JSON that such a header may have. None where the text is something else, and `at` is then about there.
struct Json<'t> {
    text: &'t str,
    at: usize,
    /// What is wrong, where more can be said than the place.
    wrong: Option<String>,
}

impl Json<'_> {
    /// The next sign after spaces, which stays.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|sign| b" \t\r\n".contains(sign)).count();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Whether that sign comes next; it is then behind us.
    fn takes(&mut self, sign: u8) -> bool {
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: u8) -> Option<()> {
        self.takes(sign).then_some(())
    }

    /// What stands between two signs, separated by commas.
    fn list(&mut self, [open, close]: [u8; 2], item: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(open)?;
        if self.takes(close) {
            return Some(());
        }
        loop {
            item(self)?;
            if self.takes(close) {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, entry: &mut dyn FnMut(&mut Self, String) -> Option<()>) -> Option<()> {
        self.list(*b"{}", &mut |json| {
            let key = json.string()?;
            json.expect(b':')?;
            entry(json, key)
        })
    }

    fn string(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut string = String::new();
        loop {
            let c = self.text[self.at..].chars().next()?;
            self.at += c.len_utf8();
            match c {
                '"' => return Some(string),
                '\\' => string.push(self.escaped()?),
                c if c < ' ' => return None,
                c => string.push(c),
            }
        }
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Option<char> {
        let sign = *self.text.as_bytes().get(self.at)?;
        self.at += 1;
        Some(match sign {
            b'"' | b'\\' | b'/' => sign.into(),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first);
                }
                // Signs beyond 16 bits come in two halves.
                let second =
                    self.text[self.at..].starts_with("\\u").then(|| self.at += 2).and_then(|()| self.unit())?;
                let low = second.checked_sub(0xdc00).filter(|&low| low < 0x400)?;
                char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)?
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| !digits.starts_with('+'))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn count(&mut self) -> Option<usize> {
        self.peek()?;
        let rest = &self.text[self.at..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.at += digits;
        // JSON has no zeros in front of a number.
        rest[..digits].parse().ok().filter(|_| digits == 1 || !rest.starts_with('0'))
    }

    fn counts(&mut self) -> Option<Vec<usize>> {
        let mut counts = Vec::new();
        self.list(*b"[]", &mut |json| {
            counts.push(json.count().filter(|_| counts.len() < MOST_EXTENTS)?);
            Some(())
        })?;
        Some(counts)
    }

    /// The whole header, of tensors that lie in `data`.
    fn file<'d>(&mut self, data: &'d [u8]) -> Option<TensorFile<'d>> {
        let mut file = TensorFile::default();
        let mut has_metadata = false;
        self.object(&mut |json, name| {
            if name == "__metadata__" && !std::mem::replace(&mut has_metadata, true) {
                return json.object(&mut |json, key| {
                    let value = json.string()?;
                    file.metadata.push((key, value));
                    Some(())
                });
            }
            let (mut dtype, mut shape, mut place) = (None, None, None);
            json.object(&mut |json, key| {
                match &key[..] {
                    "dtype" => dtype = Some(json.string()?),
                    "shape" => shape = Some(json.counts()?),
                    "data_offsets" => place = Some(json.counts()?),
                    _ => return None,
                }
                Some(())
            })?;
            let &[start, end] = &place?[..] else { return None };
            let (dtype, shape) = (dtype?, shape?);
            let Some(data) = data.get(start..end) else {
                let all = data.len();
                json.wrong = Some(format!("`{name}` should be the bytes from {start} to {end} of {all}"));
                return None;
            };
            file.tensors.push(View { name, dtype, shape, data });
            Some(())
        })?;
        self.peek().is_none().then_some(file)
    }
}
