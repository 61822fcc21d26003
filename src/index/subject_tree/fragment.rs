//! A piece of a subject: what a node's prefix or a leaf's suffix is made of.
//!
//! Pieces are short, so up to 22 bytes lie in place and only longer ones are allocated; the whole is no
//! larger than a `Vec`.

/// So that the enum fits three machine words.
const INLINE_BYTES: usize = 22;

/// A piece of a subject.
#[derive(Clone)]
pub(super) enum Fragment {
    /// A short piece.
    Inline {
        /// How many of the bytes count.
        len: u8,
        /// The bytes, zero beyond `len`.
        bytes: [u8; INLINE_BYTES],
    },
    /// A long piece.
    Heap(Box<[u8]>),
}

impl Fragment {
    /// A copy of `piece`.
    pub(super) fn new(piece: &[u8]) -> Self {
        let mut bytes = [0; INLINE_BYTES];
        match u8::try_from(piece.len()).ok().zip(bytes.get_mut(..piece.len())) {
            Some((len, place)) => {
                place.copy_from_slice(piece);
                Self::Inline { len, bytes }
            }
            None => Self::Heap(piece.into()),
        }
    }

    /// A copy of `first` followed by `second`.
    pub(super) fn join(first: &[u8], second: &[u8]) -> Self {
        let total = first.len() + second.len();
        let mut bytes = [0; INLINE_BYTES];
        let inline = u8::try_from(total).ok().zip(bytes.get_mut(..total));
        match inline {
            Some((len, place)) => {
                let (left, right) = place.split_at_mut(first.len());
                left.copy_from_slice(first);
                right.copy_from_slice(second);
                Self::Inline { len, bytes }
            }
            None => Self::Heap([first, second].concat().into_boxed_slice()),
        }
    }

    /// The bytes.
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Heap(bytes) => bytes,
        }
    }
}
