//! Protocol buffers, as far as ONNX models take them: numbers, texts, bytes, and messages in messages
//! (<https://protobuf.dev/programming-guides/encoding/>).

/// A message under construction: its fields one after another.
#[derive(Clone, Debug, Default)]
pub struct Message(Vec<u8>);

/// How a field's value lies in the bytes.
const VARINT: u64 = 0;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

impl From<Vec<u8>> for Message {
    /// Of fields that are written already.
    fn from(bytes: Vec<u8>) -> Message {
        Message(bytes)
    }
}

impl Message {
    /// Its bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A whole number; negative ones take ten bytes.
    pub fn int(&mut self, field: u64, value: i64) {
        self.varint(field << 3 | VARINT);
        self.varint(value as u64);
    }

    /// A float.
    pub fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | FOUR_BYTES);
        self.0.extend(value.to_le_bytes());
    }

    /// Bytes with their length before them.
    pub fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | LENGTH);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// A text.
    pub fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    /// A message in it.
    pub fn message(&mut self, field: u64, message: &Message) {
        self.bytes(field, &message.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the encoding's own description.
    #[test]
    fn fields_are_those_of_the_description() {
        let mut inner = Message::default();
        inner.int(1, 150);
        let mut outer = Message::default();
        outer.text(2, "testing");
        outer.message(3, &inner);
        outer.int(1, -2);
        outer.float(4, 1.0);
        let expected = [
            &[0x12, 0x07][..],
            b"testing",
            &[0x1a, 0x03, 0x08, 0x96, 0x01],
            &[0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x25, 0x00, 0x00, 0x80, 0x3f],
        ];
        assert_eq!(outer.into_bytes(), expected.concat());
    }
}
