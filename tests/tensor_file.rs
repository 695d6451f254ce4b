//! Our safetensors files against the crate of that name: each reads what the other writes, and neither believes a spoilt one.

use ganvas::tensor_file::{MOST_HEADER_BYTES, Numbers, TensorFile, half, of_half, write};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;

/// Words with quotes, backslashes, control characters and signs beyond 16 bits.
const WORDS: &str = "a \"quoted\" \\ word\n\tend \u{1} é 𝄞";

fn ours() -> Vec<u8> {
    let tensors = [
        ("one.weight".to_string(), vec![2, 3], Numbers::F32(&[1.0, -2.0, 3.5, 0.0, f32::MIN_POSITIVE, 6.0])),
        ("a \"strange\" name".to_string(), vec![2], Numbers::F64(&[1.0 / 3.0, -1e300])),
        ("scalar".to_string(), vec![], Numbers::F32(&[7.0])),
        ("halves".to_string(), vec![3], Numbers::F16(&[0.5, -1.0, 65504.0])),
        ("none".to_string(), vec![0, 4], Numbers::F32(&[])),
    ];
    write(&[("format", "x".into()), ("words", WORDS.into())], &tensors)
}

/// Type, shape and bytes by name.
type Tensors = HashMap<String, (String, Vec<usize>, Vec<u8>)>;

/// What the crate says, if it reads the file.
fn theirs(file: &[u8]) -> Option<Tensors> {
    let read = SafeTensors::deserialize(file).ok()?;
    let all = read.tensors().into_iter();
    Some(all.map(|(name, v)| (name, (format!("{:?}", v.dtype()), v.shape().to_vec(), v.data().to_vec()))).collect())
}

fn same(file: &[u8]) -> bool {
    let found = TensorFile::read(file).unwrap();
    let own: Tensors = found.tensors.into_iter().map(|v| (v.name, (v.dtype, v.shape, v.data.to_vec()))).collect();
    theirs(file).unwrap() == own
}

#[test]
fn the_crate_reads_what_we_write() {
    let file = ours();
    assert!(same(&file));
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    let metadata = header.metadata().clone().unwrap();
    assert_eq!((metadata.len(), &metadata["words"][..]), (2, WORDS));
    let own = TensorFile::read(&file).unwrap();
    assert_eq!((own.word("words"), own.word("format"), own.word("none")), (Some(WORDS), Some("x"), None));
    assert_eq!(own.tensor("scalar").unwrap().data, 7f32.to_le_bytes());
    assert!(same(&write(&[], &[])));
    // Numbers of either type lie where they can be read in place.
    for view in &own.tensors {
        let size = [("F64", 8), ("F32", 4), ("F16", 2)].into_iter().find(|(name, _)| *name == view.dtype).unwrap().1;
        assert_eq!((view.data.as_ptr() as usize - file.as_ptr() as usize) % size, 0, "{}", view.name);
    }
}

/// By the definition of binary16: one bit of sign, five of the exponent, ten of the fraction.
fn by_definition(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff) / 1024.0);
    let value = match exponent {
        0 => fraction * 2f64.powi(-14),
        31 if fraction > 0.0 => f64::NAN,
        31 => f64::INFINITY,
        _ => (1.0 + fraction) * 2f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -value } else { value }
}

#[test]
fn halves_are_what_ieee_754_says() {
    for bits in 0..=u16::MAX {
        let (value, exact) = (of_half(bits), by_definition(bits));
        assert!(f64::from(value) == exact || value.is_nan() && exact.is_nan(), "{bits:#x}: {value} for {exact}");
        assert!(half(value) == bits || value.is_nan() && of_half(half(value)).is_nan(), "{bits:#x} is lost");
    }
    for low in 0..0x7bff {
        let (below, above) = (of_half(low), of_half(low + 1));
        let middle = (below + above) / 2.0;
        assert_eq!(half(middle), low + low % 2, "between {below} and {above} the even one");
        for sign in [1.0, -1.0] {
            assert_eq!(of_half(half(sign * middle.next_down())), sign * below);
            assert_eq!(of_half(half(sign * middle.next_up())), sign * above);
        }
    }
    assert_eq!(half(65_519.0), 0x7bff, "the largest");
    assert_eq!([half(65_520.0), half(f32::MAX), half(f32::NEG_INFINITY)], [0x7c00, 0x7c00, 0xfc00]);
}

#[test]
fn we_read_what_the_crate_writes() {
    let data: Vec<u8> = (0..48).collect();
    let view = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), &data[..bytes]).unwrap();
    let tensors = [
        ("b", view(Dtype::F32, &[3], 12)),
        ("half", view(Dtype::F16, &[5], 10)),
        ("wide", view(Dtype::F64, &[2, 3], 48)),
        ("ünicode \u{2028}\\", view(Dtype::I64, &[1], 8)),
    ];
    let metadata: HashMap<String, String> = [("words".to_string(), WORDS.to_string())].into();
    let file = safetensors::serialize(tensors.clone(), Some(metadata)).unwrap();
    assert!(same(&file));
    assert_eq!(TensorFile::read(&file).unwrap().word("words"), Some(WORDS));
    assert!(same(&safetensors::serialize(tensors, None).unwrap()));
}

fn with_header(header: &str, data: usize) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.resize(file.len() + data, 0);
    file
}

#[test]
fn spoilt_files_are_refused() {
    let entry = |offsets: &str| format!("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{offsets}");
    let (first, second) = (entry("[0,4]"), entry("[4,8]"));
    assert!(same(&with_header(&format!(" {{ \"b\" : {{{second}}} , \"a\":{{{first}}} }} "), 8)));
    for (header, data, says) in [
        ("".into(), 0, "byte 0"),
        ("[]".into(), 0, "byte 0"),
        ("{} {}".into(), 0, "byte 3"),
        (format!("{{\"a\":{{{first}}},}}"), 4, "understood"),
        (format!("{{\"a\":{{{first}}}"), 4, "understood"),
        (format!("{{\"a\":{{{first}}},\"a\":{{{second}}}}}"), 8, "`a` twice"),
        (format!("{{\"a\":{{{first}}},\"b\":{{{first}}}}}"), 4, "`b` overlaps"),
        (format!("{{\"a\":{{{first}}},\"b\":{{{}}}}}", entry("[5,9]")), 9, "`b` leaves a gap"),
        (format!("{{\"a\":{{{}}}}}", entry("[0,8]")), 8, "`a` has 8 bytes, which is not what [1] of F32 takes"),
        (format!("{{\"a\":{{{}}}}}", entry("[4,0]")), 4, "from 4 to 0"),
        (format!("{{\"a\":{{{}}}}}", entry("[0,-4]")), 4, "understood"),
        (format!("{{\"a\":{{{}}}}}", entry("[0,04]")), 4, "understood"),
        (format!("{{\"a\":{{{}}}}}", entry("[0,99999999999999999999]")), 4, "understood"),
        (format!("{{\"a\":{{{}}}}}", first.replace("[1]", "[4294967296,4294967296]")), 4, "`a` has 4 bytes"),
        (format!("{{\"a\":{{{first}}}}}"), 5, "no tensor"),
        (format!("{{\"a\":{{{first}}}}}"), 3, "`a` should be the bytes from 0 to 4 of 3"),
        ("{\"__metadata__\":{\"a\":\"\\ud834\"}}".into(), 0, "understood"),
        ("{\"__metadata__\":{\"a\":\"\\u+123\"}}".into(), 0, "understood"),
        ("{\"__metadata__\":{\"a\":1}}".into(), 0, "understood"),
        ("{\"a\":{\"dtype\":\"F32\"}}".into(), 0, "understood"),
    ] {
        let file = with_header(&header, data);
        let message = TensorFile::read(&file).expect_err(&header);
        assert!(message.contains(says), "{header}: {message}");
        assert!(theirs(&file).is_none(), "the crate takes {header}");
    }
    assert!(TensorFile::read(&u64::MAX.to_le_bytes()).unwrap_err().contains("18446744073709551615"));
    assert!(TensorFile::read(&with_header("{\"é\"", 0)[..11]).unwrap_err().contains("should have"));
    // What is refused for its length is not read first, and the crate believes ten times as much.
    let long = with_header(&" ".repeat(MOST_HEADER_BYTES + 1), 0);
    assert!(TensorFile::read(&long).unwrap_err().contains("its header has 4000001 bytes"));
    let many = first.replace("[1]", &format!("[{}1]", "1,".repeat(16)));
    assert!(TensorFile::read(&with_header(&format!("{{\"a\":{{{many}}}}}"), 4)).unwrap_err().contains("understood"));
    let mut latin = with_header("{\"e\":{}}", 0);
    latin[10] = 0xe9;
    assert!(TensorFile::read(&latin).unwrap_err().contains("not text"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever byte is changed or cut off, we and the crate agree on whether it is a file, and on what it holds.
    #[test]
    fn a_changed_byte_is_seen_as_the_crate_sees_it(position in 0..600usize, byte: u8, length in 0..1200usize) {
        let mut file = ours();
        if length < 600 {
            file.truncate(length);
        }
        if let Some(place) = file.get_mut(position) {
            *place = byte;
        }
        match (TensorFile::read(&file), theirs(&file)) {
            // Types that we do not know have any length here.
            (Ok(own), _) if own.tensors.iter().any(|view| !["F32", "F64"].contains(&&view.dtype[..])) => {}
            (own, crates) => {
                prop_assert_eq!(own.is_ok(), crates.is_some(), "{:?}", own);
                prop_assert!(own.is_err() || same(&file));
            }
        }
    }

    #[test]
    fn words_survive(words: String) {
        let file = write(&[("words", words.clone())], &[]);
        let read = TensorFile::read(&file).unwrap();
        prop_assert_eq!(read.word("words"), Some(&words[..]));
        let (_, header) = SafeTensors::read_metadata(&file).unwrap();
        prop_assert_eq!(&header.metadata().clone().unwrap()["words"], &words);
    }
}

#[test]
fn floats_of_any_width_are_read() {
    let bytes = [1.5f32, -2.0, 0.0].map(|value| value.to_bits().to_be_bytes());
    let upper: Vec<u8> = bytes.iter().flat_map(|bytes| [bytes[1], bytes[0]]).collect();
    let view = |dtype, shape: &[usize], data| TensorView::new(dtype, shape.to_vec(), data).unwrap();
    let doubles: Vec<u8> = [1.5f64, 1e300].iter().flat_map(|value| value.to_le_bytes()).collect();
    let halves: Vec<u8> = [half(1.5), half(-0.25)].iter().flat_map(|bits| bits.to_le_bytes()).collect();
    let singles: Vec<u8> = [0.1f32].iter().flat_map(|value| value.to_le_bytes()).collect();
    let file = safetensors::serialize(
        [
            ("bf16", view(Dtype::BF16, &[3], &upper)),
            ("f16", view(Dtype::F16, &[2], &halves)),
            ("f32", view(Dtype::F32, &[1], &singles)),
            ("f64", view(Dtype::F64, &[2], &doubles)),
            ("i32", view(Dtype::I32, &[1], &[1, 0, 0, 0])),
        ],
        None,
    )
    .unwrap();
    let read = TensorFile::read(&file).unwrap();
    let floats = |name: &str| read.tensor(name).unwrap().floats();
    assert_eq!(floats("bf16"), Some(vec![1.5, -2.0, 0.0]));
    assert_eq!(floats("f16"), Some(vec![1.5, -0.25]));
    assert_eq!(floats("f32"), Some(vec![0.1]));
    assert_eq!(floats("f64"), Some(vec![1.5, f32::INFINITY]));
    assert_eq!(floats("i32"), None);
}
