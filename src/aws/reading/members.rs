//! The one macro behind all documents: a struct of optional members with the names of the API.

/// Declares documents. A member is `text`, `size` (a text that may be written as a number), `whole` (a number that may be
/// written as a text), `flag`, `time`, `real`, `texts`, `one<T>` (an object), `list<T>` (of objects), `given<T>` (a list of
/// objects that tells absent from empty) or `raw` (whatever it is: only some of it is looked at, and null is absent).
///
/// Members are named in snake case and appear in camel case; absent ones are not written.
macro_rules! documents {
    ($($(#[$meta:meta])* $name:ident { $($body:tt)* })*) => {
        $(documents! { @next [$(#[$meta])*] $name {} $($body)* })*
    };
    (@next [$($meta:tt)*] $name:ident { $($done:tt)* }) => {
        $($meta)*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name { $($done)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: text, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)] #[serde(skip_serializing_if = "Option::is_none")]
            pub $f: Option<String>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: size, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)]
            #[serde(deserialize_with = "crate::aws::reading::lenient::text", skip_serializing_if = "Option::is_none")]
            pub $f: Option<String>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: whole, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)]
            #[serde(deserialize_with = "crate::aws::reading::lenient::whole", skip_serializing_if = "Option::is_none")]
            pub $f: Option<i64>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: real, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)] #[serde(skip_serializing_if = "Option::is_none")]
            pub $f: Option<f64>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: flag, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)]
            #[serde(
                deserialize_with = "crate::aws::reading::lenient::flag",
                skip_serializing_if = "Option::is_none"
            )]
            pub $f: Option<bool>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: time, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)] #[serde(skip_serializing_if = "Option::is_none")]
            pub $f: Option<crate::aws::reading::timestamp::Timestamp>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: one<$t:ty>, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)]
            #[serde(deserialize_with = "crate::aws::reading::lenient::object", skip_serializing_if = "Option::is_none")]
            pub $f: Option<$t>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: texts, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)]
            #[serde(deserialize_with = "crate::aws::reading::lenient::texts", skip_serializing_if = "Vec::is_empty")]
            pub $f: Vec<String>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: list<$t:ty>, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)]
            #[serde(deserialize_with = "crate::aws::reading::lenient::list", skip_serializing_if = "Vec::is_empty")]
            pub $f: Vec<$t>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: given<$t:ty>, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)]
            #[serde(deserialize_with = "crate::aws::reading::lenient::given", skip_serializing_if = "Option::is_none")]
            pub $f: Option<Vec<$t>>, } $($rest)* }
    };
    (@next $m:tt $name:ident { $($done:tt)* } $(#[$d:meta])* $f:ident: raw, $($rest:tt)*) => {
        documents! { @next $m $name { $($done)*
            $(#[$d])* #[doc = documents!(@doc $f)] #[serde(skip_serializing_if = "Option::is_none")]
            pub $f: Option<serde_json::Value>, } $($rest)* }
    };
    (@doc $f:ident) => { concat!("The member `", stringify!($f), "` of the API model, in snake case.") };
}
