//! The title of a task: the beginning of what was asked last.

/// How each database reads it from `input`.
macro_rules! title {
    (file) => {
        "case when json_type(input, '$.messages[#-1].content') = 'text'
                then substr(input ->> '$.messages[#-1].content', 1, 120) end title"
    };
    (server) => {
        "title_of(input) title"
    };
}

pub(super) use title;
