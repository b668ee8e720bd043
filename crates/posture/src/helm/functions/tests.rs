use panoply_base::Limits;

use super::*;
use crate::helm::cost::{Cost, Unknowns};
use crate::helm::parse::parse;
use crate::helm::syntax::{Place, Source};

fn engine() -> Engine {
    Engine::new(Cost::new(&Limits::DEFAULT), Unknowns::new(|_| false))
}

/// What a template prints without any data.
fn print(text: &str) -> Result<String, String> {
    let mut engine = engine();
    let source = std::rc::Rc::new(Source { text: text.into(), place: Place::Made(None) });
    engine.define(parse("t", &source).map_err(|stop| stop.what)?);
    let printed = engine.execute("t", &Val::dict([])).map_err(|stop| stop.what)?;
    Ok(printed.writer.text)
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(print(text).as_deref(), Ok(*expected), "{text}");
    }
}

fn refused(cases: &[(&str, &str)]) {
    for (text, part) in cases {
        let error = print(text).expect_err(text);
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn every_name_is_a_function() {
    for name in NAMES.iter().filter(|name| !matches!(**name, "and" | "or" | "include" | "tpl")) {
        let mut args = Args { name: (*name).to_owned(), count: 0, rest: Vec::new().into_iter() };
        let what = run(&mut engine(), name, &mut args).err().map(|stop| stop.what);
        assert!(!what.as_deref().unwrap_or_default().contains("is not defined"), "{name}");
    }
    assert!(TRANSPARENT.iter().all(|name| exists(name)));
}

#[test]
fn texts() {
    check(&[
        (
            r#"{{ "  a " | trim }}|{{ trimAll "$" "$5$" }}|{{ trimSuffix "-" "a-" }}|{{ trimPrefix "a" "ab" }}"#,
            "a|5|a|b",
        ),
        (
            r#"{{ trunc 2 "hello" }} {{ trunc -2 "hello" }} {{ substr 1 3 "hello" }} {{ substr 1 -1 "hello" }}"#,
            "he lo el ello",
        ),
        (r#"{{ trunc 1 "é" }}{{ trunc 3 "aé" }}"#, "aé"),
        (
            r#"{{ abbrev 5 "hello world" }} {{ abbrevboth 5 10 "1234 5678 9123" }}"#,
            "he... ...5678...",
        ),
        (
            r#"{{ "HelloWorld" | snakecase }} {{ "hello_world" | camelcase }} {{ "HTTPServer" | kebabcase }}"#,
            "hello_world HelloWorld http-server",
        ),
        (
            r#"{{ title "ab cd" }} {{ untitle "AB CD" }} {{ initials "Ab cd" }} {{ nospace "a b" }} {{ swapcase "aB" }}"#,
            "Ab Cd aB cD Ac ab Ab",
        ),
        ("{{ indent 2 \"a\\nb\" }}|{{ nindent 2 \"a\" }}", "  a\n  b|\n  a"),
        (
            r#"{{ quote "a" 1 nil true }} {{ squote "it's" }} {{ "x\ty" | quote }}"#,
            r#""a" "1" "true" 'it's' "x\ty""#,
        ),
        (
            r#"{{ cat "a" nil 1 }} {{ replace "a" "b" "aa" }} {{ repeat 3 "ab" }} {{ plural "one" "many" 1 }}"#,
            "a 1 bb ababab one",
        ),
        (r#"{{ wrap 5 "hello big world" }}"#, "hello\nbig\nworld"),
        (
            r#"{{ contains "b" "abc" }} {{ hasPrefix "b" "abc" }} {{ hasSuffix "c" "abc" }}"#,
            "true false true",
        ),
        (r#"{{ print 1 2 "a" "b" 3 4 }}|{{ println "a" 1 }}"#, "1 2ab3 4|a 1\n"),
        (r#"{{ html "<a b='c'>" }} {{ urlquery "a b&c" }}"#, "&lt;a b=&#39;c&#39;&gt; a+b%26c"),
    ]);
    refused(&[
        ("{{ trim 1 }}", "expected a text"),
        ("{{ trunc 1 nil }}", "got <nil>"),
        ("{{ upper }}", "too few"),
        (r#"{{ upper "a" "b" }}"#, "too many"),
    ]);
}

#[test]
fn printf_follows_go() {
    check(&[
        (r#"{{ printf "%s-%d %v" "a" 1 true }}"#, "a-1 true"),
        (r#"{{ printf "%5d|%-5d|%05d|%+d" 42 42 42 42 }}"#, "   42|42   |00042|+42"),
        (r#"{{ printf "%x %X %o %b %c %U" 255 255 8 5 65 65 }}"#, "ff FF 10 101 A U+0041"),
        (
            r#"{{ printf "%.2f %g %e %6.1f" 3.14159 1e21 1.5 2.25 }}"#,
            "3.14 1e+21 1.500000e+00    2.2",
        ),
        (r#"{{ printf "%q %T %t %%" "a\"b" 1.5 true }}"#, r#""a\"b" float64 true %"#),
        (r#"{{ printf "%[2]d %[1]d" 1 2 }} {{ printf "%*d" 4 2 }}"#, "2 1    2"),
        (
            r#"{{ printf "%d" "x" }} {{ printf "%d %s" 1 }} {{ printf "x" 1 }}"#,
            "%!d(string=x) 1 %!s(MISSING) x%!(EXTRA int=1)",
        ),
        (r#"{{ printf "%v %q" (list 1 "a") (list "b") }}"#, "[1 a] [\"b\"]"),
        ("{{ 1000000.0 }} {{ 123456.5 }} {{ 0.00001 }}", "1e+06 123456.5 1e-05"),
    ]);
    refused(&[(r#"{{ printf "%999999999d" 1 }}"#, "width")]);
}

#[test]
fn lists() {
    check(&[
        (
            "{{ list 1 2 3 | last }} {{ first (list 1 2) }} {{ rest (list 1 2 3) }} {{ initial (list 1 2) }}",
            "3 1 [2 3] [1]",
        ),
        (
            "{{ reverse (list 1 2) }} {{ uniq (list 1 1 2) }} {{ without (list 1 2) 1 }} {{ has 1 (list 1) }}",
            "[2 1] [1 2] [2] true",
        ),
        (
            "{{ concat (list 1) (list 2) }} {{ append (list 1) 2 }} {{ prepend (list 1) 0 }} {{ compact (list 0 1 \"\") }}",
            "[1 2] [1 2] [0 1] [1]",
        ),
        (
            "{{ chunk 2 (list 1 2 3) }} {{ slice (list 1 2 3) 1 }} {{ slice (list 1 2 3) 0 1 }}",
            "[[1 2] [3]] [2 3] [1]",
        ),
        (
            r#"{{ split "-" "a-b" }} {{ splitn "-" 2 "a-b-c" }} {{ splitList "," "a,b" }}"#,
            "map[_0:a _1:b] map[_0:a _1:b-c] [a b]",
        ),
        (
            r#"{{ join "," (list 1 nil "x") }} {{ sortAlpha (list "b" "a") }} {{ toStrings (list 1) }}"#,
            "1,x [a b] [1]",
        ),
        (
            "{{ until 3 }} {{ untilStep 10 0 -4 }} {{ seq 3 }} {{ seq 0 2 6 }} {{ seq 2 0 }}",
            "[0 1 2] [10 6 2] 1 2 3 0 2 4 6 2 1 0",
        ),
        (r#"{{ index (list 1 (dict "a" 2)) 1 "a" }} {{ len "abc" }} {{ len (list 1) }}"#, "2 3 1"),
    ]);
    refused(&[
        ("{{ index (list 1) 5 }}", "out of range"),
        ("{{ len nil }}", "nil"),
        ("{{ slice (list 1) 3 }}", "slice"),
    ]);
}

#[test]
fn dictionaries() {
    check(&[
        (
            r#"{{ dict "a" 1 "b" }} {{ get (dict "a" 1) "a" }} {{ hasKey (dict) "a" }}"#,
            "map[a:1 b:] 1 false",
        ),
        (
            r#"{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ $d }}{{ $_ = unset $d "a" }}{{ $d }}"#,
            "map[a:1 b:2]map[b:2]",
        ),
        (
            r#"{{ merge (dict "a" (dict "x" 1)) (dict "a" (dict "x" 2 "y" 3)) }}"#,
            "map[a:map[x:1 y:3]]",
        ),
        (
            r#"{{ mergeOverwrite (dict "a" 1) (dict "a" 2) }} {{ pick (dict "a" 1 "b" 2) "a" }} {{ omit (dict "a" 1) "a" }}"#,
            "map[a:2] map[a:1] map[]",
        ),
        (
            r#"{{ dig "a" "b" "no" (dict "a" (dict "b" 1)) }} {{ dig "a" "c" "no" (dict "a" (dict)) }}"#,
            "1 no",
        ),
        (
            r#"{{ keys (dict "a" 1) }} {{ values (dict "a" 1) }} {{ pluck "a" (dict "a" 1) (dict) }}"#,
            "[a] [1] [1]",
        ),
        (
            r#"{{ $a := dict "l" (dict "x" 1) }}{{ $b := deepCopy $a }}{{ $_ := set $b.l "x" 2 }}{{ $a }}"#,
            "map[l:map[x:1]]",
        ),
    ]);
}

#[test]
fn numbers() {
    check(&[
        (
            r#"{{ add 1 "2" 3.7 }} {{ sub 5 2 }} {{ mul 2 3 }} {{ div 7 2 }} {{ mod 7 3 }} {{ add1 1 }}"#,
            "6 3 6 3 1 2",
        ),
        (
            "{{ max 1 5 }} {{ min 4 2 }} {{ floor 3.7 }} {{ ceil 3.2 }} {{ round 3.14159 2 }}",
            "5 2 3 4 3.14",
        ),
        (
            "{{ addf 1.5 2 }} {{ subf 5 2.5 }} {{ divf 7 2 }} {{ mulf 1.5 2 }} {{ maxf 1 2.5 }}",
            "3.5 2.5 3.5 3 2.5",
        ),
        (
            r#"{{ int "010" }} {{ int "x" }} {{ int64 3.9 }} {{ float64 "1.5" }} {{ toDecimal "777" }} {{ int true }}"#,
            "8 0 3 1.5 511 1",
        ),
        (
            "{{ 0x1F }} {{ 1_000 }} {{ 0b11 }} {{ 017 }} {{ 1e3 }} {{ -5 }} {{ 'a' }}",
            "31 1000 3 15 1000 -5 97",
        ),
    ]);
    refused(&[("{{ div 1 0 }}", "divide by zero"), ("{{ mod 1 0 }}", "divide by zero")]);
}

#[test]
fn comparisons_and_defaults() {
    check(&[
        (
            r#"{{ eq 1 2 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ ge "b" "a" }} {{ eq nil nil }}"#,
            "true true true true true",
        ),
        (
            r#"{{ and 1 0 2 }} {{ or 0 "" "x" }} {{ not 0 }} {{ or true (fail "no") }}"#,
            "0 x true true",
        ),
        (
            r#"{{ default "d" "" }} {{ default "d" 0 }} {{ "x" | default "d" }} {{ coalesce 0 "" "x" }}"#,
            "d d x x",
        ),
        (
            r#"{{ ternary "a" "b" true }} {{ empty (list) }} {{ all 1 0 }} {{ any 0 1 }}"#,
            "a true false true",
        ),
        (
            r#"{{ kindOf (list) }} {{ kindIs "map" (dict) }} {{ typeOf 1.0 }} {{ kindOf nil }} {{ typeIs "int" 1 }}"#,
            "slice true float64 invalid true",
        ),
        ("{{ deepEqual (list 1 (dict)) (list 1 (dict)) }}", "true"),
        (r#"{{ (lookup "v1" "Secret" "a" "b").data }}{{ lookup "v1" "Secret" "" "" }}"#, "map[]"),
    ]);
    refused(&[
        ("{{ eq 1 1.0 }}", "incompatible types"),
        (r#"{{ required "set it" "" }}"#, "set it"),
        (r#"{{ fail "on purpose" }}"#, "on purpose"),
    ]);
}

#[test]
fn versions() {
    let cases = [
        (">=1.2-0", "1.3.0-rc1", true),
        (">=1.2", "1.3.0-rc1", false),
        ("~1.2.3", "1.2.9", true),
        ("~1", "1.9.0", true),
        ("^0.2.3", "0.3.0", false),
        ("^1.2", "v1.3", true),
        ("1.2 - 1.4", "1.4.5", true),
        ("1.x", "1.5.0", true),
        ("!=1.2.x", "1.2.7", false),
        (">1.2", "1.2.5", false),
        ("<1.0 || >=1.19-0", "v1.20.0-gke.1", true),
        (">= 1.2, < 2", "2.0.0", false),
    ];
    for (constraint, version, expected) in cases {
        assert_eq!(satisfies(constraint, version).ok(), Some(expected), "{constraint} {version}");
    }
    refused(&[(r#"{{ semver "x" }}"#, "no semantic version")]);
    check(&[(r#"{{ (semver "v1.2.3-a+b").Minor }} {{ (semver "1.2.3-a+b").Prerelease }}"#, "2 a")]);
}

#[test]
fn encodings() {
    check(&[
        (
            r#"{{ b64enc "hi" }} {{ b64dec "aGk=" }} {{ b32enc "hi" }} {{ b32dec "NBUQ====" }}"#,
            "aGk= hi NBUQ==== hi",
        ),
        (r#"{{ sha1sum "a" }}"#, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        (r#"{{ sha256sum "" | trunc 16 }} {{ adler32sum "a" }}"#, "e3b0c44298fc1c14 6422626"),
        (
            r#"{{ toJson (dict "a" (list 1 1.5 nil "<")) }} {{ toRawJson "<" }}"#,
            "{\"a\":[1,1.5,null,\"\\u003c\"]} \"<\"",
        ),
        (
            r#"{{ (fromJson "{\"a\":[1]}").a }} {{ (fromYaml "a: yes").a }} {{ fromYamlArray "[x]" }}"#,
            "[1] true [x]",
        ),
        (r#"{{ (fromYaml "a: 1\na: 2").a }}"#, "2"),
        (r#"{{ hasKey (fromYaml "- a") "Error" }} {{ (fromToml "a = 1").a }}"#, "true 1"),
        (r#"{{ toToml (dict "a" 1 "c" (dict "d" (list 1 2))) }}"#, "a = 1\n\n[c]\n  d = [1, 2]\n"),
        (
            r#"{{ (urlParse "http://u@h:80/p?q#f").host }} {{ urlJoin (dict "scheme" "http" "host" "h" "path" "p") }}"#,
            "h:80 http://h/p",
        ),
        (
            r#"{{ base "a/b.c" }} {{ dir "a/b" }} {{ ext "b.c" }} {{ clean "a/../b//c" }} {{ isAbs "a" }}"#,
            "b.c a .c b/c false",
        ),
    ]);
}

#[test]
fn yaml_reads_back_as_it_was() {
    let texts = [
        "yes",
        "1.0",
        "x: y",
        "a\nb\n",
        "a\n  b",
        " lead",
        "a\tb",
        "# c",
        "- d",
        "2001-01-01",
        "0x1f",
        "~",
        "'q'",
        "\"dq",
        "a: ",
        "a #b",
        "@x",
        "%y",
        "\n lead",
        "é\u{1}",
        "12:30",
        "",
        "null",
        "1_000",
        "*",
        "{a}",
        "a\n\n\nb\n",
        "-1",
        "1e5",
        "---",
        "n",
    ];
    for text in texts {
        let value = Val::dict([("k".into(), Val::list(vec![Val::text(text)]))]);
        let cost = Cost::new(&Limits::DEFAULT);
        let written = crate::helm::write::yaml(&value, &cost).expect("is small");
        let back = crate::helm::read::yaml(written.as_str(), &Limits::DEFAULT).expect(text);
        let items = back.as_dict().and_then(|dict| dict.get("k")).expect("has the key");
        let Kind::List(items) = items.kind else { panic!("{written:?}") };
        assert_eq!(items.items()[0].as_str(), Some(text), "{written:?}");
    }
}

#[test]
fn regular_expressions() {
    check(&[
        (
            r#"{{ regexMatch "^a.c$" "abc" }} {{ regexFind "b+" "abbc" }} {{ regexFindAll "[0-9]" "1a2b3" 2 }}"#,
            "true bb [1 2]",
        ),
        (
            r#"{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ regexReplaceAllLiteral "a" "ba" "$1" }}"#,
            "-W-xxW- b$1",
        ),
        (r#"{{ regexSplit "z+" "pizza" -1 }} {{ regexQuoteMeta "1.2" }}"#, r"[pi a] 1\.2"),
    ]);
    refused(&[
        (r#"{{ regexMatch "(" "a" }}"#, "no regular expression"),
        (r#"{{ regexMatch "(a{1000}){1000}" "a" }}"#, "no regular"),
    ]);
}

#[test]
fn dates() {
    check(&[
        (
            r#"{{ date "2006-01-02" 0 }} {{ dateInZone "2006-01-02T15:04:05Z07:00 Mon Jan _2 3PM" 86400 "UTC" }}"#,
            "1970-01-01 1970-01-02T00:00:00Z Fri Jan  2 12AM",
        ),
        (
            r#"{{ toDate "2006-01-02" "2017-12-31" | date "02/01/06" }} {{ unixEpoch (toDate "2006-01-02" "2017-12-31") }}"#,
            "31/12/17 1514678400",
        ),
        (
            r#"{{ dateModify "-1.5h" (toDate "2006-01-02" "2017-12-31") | date "2006-01-02 15:04" }}"#,
            "2017-12-30 22:30",
        ),
        (
            r#"{{ duration "95" }} {{ durationRound "2h10m5s" }} {{ htmlDate 0 }}"#,
            "1m35s 2h 1970-01-01",
        ),
    ]);
}

#[test]
fn what_nobody_can_know_stays_unknown() {
    let mut engine = engine();
    let token = unknown(&mut engine, "randAlphaNum");
    let word = token.as_str().expect("is a text").to_owned();
    for name in ["b64enc", "sha256sum", "upper", "int"] {
        let value = call(&mut engine, name, vec![token.clone()], None).expect(name);
        assert_eq!(value.as_str(), Some(word.as_str()), "{name}");
    }
    let quoted = call(&mut engine, "quote", vec![token], None).expect("can be quoted");
    let cause = engine.unknowns.cause(quoted.as_str().expect("is a text"));
    assert_eq!(cause, Some(&Cause::Function("randAlphaNum".to_owned())));

    let text = Val::text(format!("a: {word}\nb: 1\n"));
    let read = call(&mut engine, "fromYaml", vec![text], None).expect("can be read");
    let inner = read.as_dict().and_then(|dict| dict.get("a"));
    assert_eq!(inner.as_ref().and_then(Val::as_str), Some(word.as_str()));
    let cut = vec![Val::text(word.get(..9).unwrap_or_default()), Val::text(word.as_str())];
    let kept = call(&mut engine, "trimPrefix", cut, None).expect("can be cut");
    assert_eq!(kept.as_str(), Some(word.as_str()));
}
