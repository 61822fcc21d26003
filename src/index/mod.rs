//! Subject matching, the subject tree and the sublist: pure in-memory structures beside `format`.
