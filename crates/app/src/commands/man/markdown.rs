//! The reference of the command line as one Markdown page, made from what the program parses with.

use std::fmt::Write as _;

use clap::{Arg, Command};

/// Opens the page, so that nobody mends it by hand.
const HEAD: &str = "<!-- Made by `cargo xtask docs` from the program's own definitions. -->

# Command line

Every command, argument and option, as `panoply COMMAND --help` shows them. Most options can also be set by
the variable that stands beside them, or for a project in `panoply.yaml` (see the README).
";

/// The whole page for a program and everything below it.
pub(super) fn page(program: &Command) -> String {
    let mut page = HEAD.to_owned();
    section(&mut page, program, program.get_name(), &mut Vec::new());
    page
}

/// One command and those below it; `told` are the options of commands that were written before.
fn section(
    page: &mut String,
    command: &Command,
    path: &str,
    told: &mut Vec<(String, Vec<String>)>,
) {
    let _ = write!(page, "\n## `{path}`\n\n");
    if let Some(about) = command.get_about() {
        let _ = write!(page, "{}.\n\n", text(&about.to_string()));
    }
    let usage = command.clone().bin_name(path).render_usage().to_string();
    let usage: Vec<&str> =
        usage.lines().map(|line| line.trim().trim_start_matches("Usage: ")).collect();
    let _ = write!(page, "```\n{}\n```\n", usage.join("\n"));
    let also: Vec<String> = command.get_visible_aliases().map(|name| format!("`{name}`")).collect();
    if !also.is_empty() {
        let _ = write!(page, "\nAlso called {}.\n", also.join(", "));
    }
    arguments(page, command, path, told);
    if let Some(after) = command.get_after_help() {
        for line in after.to_string().lines() {
            let _ = write!(page, "\n{}\n", text(line));
        }
    }
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        section(page, below, &format!("{path} {}", below.get_name()), told);
    }
}

fn arguments(
    page: &mut String,
    command: &Command,
    path: &str,
    told: &mut Vec<(String, Vec<String>)>,
) {
    // What every program understands needs no line.
    let shown =
        |arg: &&Arg| !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version");
    let all: Vec<&Arg> = command.get_arguments().filter(shown).collect();
    if all.is_empty() {
        return;
    }
    let ids: Vec<String> = all.iter().map(|arg| arg.get_id().to_string()).collect();
    // A handful of rows is read faster than followed.
    if let Some((first, _)) = told.iter().find(|(_, known)| ids.len() > 5 && *known == ids) {
        let _ =
            write!(page, "\nArguments and options are those of [`{first}`](#{}).\n", anchor(first));
        return;
    }
    told.push((path.to_owned(), ids));
    let mut heading = None;
    for arg in all {
        let named = arg.get_help_heading();
        if heading != Some(named) {
            let _ =
                write!(page, "\n{}| | | default | variable |\n|---|---|---|---|\n", title(named));
            heading = Some(named);
        }
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            cell(&names(arg)),
            cell(&explained(arg)),
            cell(&default(arg)),
            arg.get_env().map_or_else(String::new, |name| format!("`{}`", name.display()))
        );
    }
}

fn title(heading: Option<&str>) -> String {
    heading.map_or_else(String::new, |words| format!("**{words}**\n\n"))
}

/// `-f`, `--format FORMAT`; the bare value name of an argument without a dash.
fn names(arg: &Arg) -> String {
    let values = arg.get_value_names().unwrap_or_default();
    let value: Vec<&str> = values.iter().map(clap::builder::Str::as_str).collect();
    let takes = arg.get_action().takes_values();
    let value = if takes && !value.is_empty() { value.join(" ") } else { String::new() };
    let mut names: Vec<String> = Vec::new();
    names.extend(arg.get_short().map(|short| format!("`-{short}`")));
    if let Some(long) = arg.get_long() {
        names.push(format!("`{}`", format!("--{long} {value}").trim_end()));
        let also = arg.get_visible_aliases().unwrap_or_default();
        names.extend(also.iter().map(|alias| format!("`--{alias}`")));
    }
    if names.is_empty() {
        let required = if arg.is_required_set() { "" } else { " (may be left out)" };
        return format!("`{value}`{required}");
    }
    names.join(", ")
}

/// The help of an argument, without the default that has a column of its own.
fn explained(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let mut told = text(help.split_once(" [default: ").map_or(help.as_str(), |(help, _)| help));
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set() && arg.get_action().takes_values())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() {
        let _ = write!(told, ": {}", values.join(", "));
    }
    told
}

/// What clap fills in, or what the help says in brackets.
fn default(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if let Some((_, words)) = help.split_once("[default: ") {
        return text(words.trim_end_matches(']'));
    }
    let values: Vec<String> = arg
        .get_default_values()
        .iter()
        .filter(|_| arg.get_action().takes_values())
        .map(|value| format!("`{}`", value.display()))
        .collect();
    values.join(", ")
}

/// Help texts are one paragraph; line breaks in them mean nothing.
fn text(help: &str) -> String {
    help.split_whitespace().collect::<Vec<_>>().join(" ").replace('<', "\\<")
}

/// Bars end a cell, even between backticks.
fn cell(words: &str) -> String {
    words.replace('|', "\\|")
}

/// How renderers call a heading.
fn anchor(path: &str) -> String {
    path.replace(' ', "-")
}
