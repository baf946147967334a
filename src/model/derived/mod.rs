//! What is worked out from a whole scenario: the requests of a policy, the mix, what is drawn by chance.

mod chance;
mod eligible;
mod gpu_scale;
mod mix;
mod request;
mod request_kinds;
mod request_streams;
mod shown;
mod stream_name;
mod volume;

pub(crate) use eligible::takes_class;
pub use gpu_scale::GpuScale;
pub use mix::{MixShape, ReferenceMix};
pub use request::{Only, Request, Requests, Revision, Split, TaskCount};
pub(crate) use request_kinds::NewKind;
pub(crate) use shown::{Neighbours, Shown};
pub(crate) use stream_name::Numbers;
pub use stream_name::StreamName;
