//! What expressions are worth, against the words of the specification.

use panoply_base::Text;

use super::*;

/// A finding, in the small.
struct Finding;

impl Node for Finding {
    fn field(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "kev" => Some(Value::Bool(true)),
            "severity" => Some(Value::Int(4)),
            "id" => Some(Value::text("CVE-2021-44228")),
            "fixed" => Some(Value::Null),
            "epss" => Some(Value::unknown(Text::untranslated("EPSS was not loaded"))),
            "paths" => Some(Value::list([Value::text("a/pom.xml"), Value::text("b/pom.xml")])),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["kev", "severity", "id"]
    }
}

/// Evaluates; expects the value as `Debug` prints it, or the error.
fn check(text: &str, expected: &str) {
    let answer = match Expression::parse(text) {
        Err(error) => format!("syntax: {error}"),
        Ok(expression) => {
            let variables = Variables::new()
                .with("finding", Value::Node(&Finding))
                .with("HIGH", Value::Int(4))
                .with("u", Value::unknown(Text::untranslated("why")));
            match expression.evaluate(&variables, Budget { steps: 10_000, size: 1_000 }) {
                Ok(value) => format!("{value:?}"),
                Err(error) => format!("error: {error}"),
            }
        }
    };
    assert_eq!(answer, expected, "{text}");
}

#[test]
fn gates_read_like_sentences() {
    check("finding.kev || finding.severity >= HIGH && has(finding.fixed)", "true");
    check("finding.severity > HIGH", "false");
    check("finding.id.startsWith('CVE-2021') && 'a/pom.xml' in finding.paths", "true");
    check("finding.paths.exists(p, p.endsWith('pom.xml')) ? 'yes' : 'no'", "\"yes\"");
    check("has(finding.fixed)", "false");
    check("finding.typo", "error: character 1: there is no field `typo`");
}

#[test]
fn unknown_is_neither_true_nor_false() {
    check("finding.epss > 0.5", "unknown (EPSS was not loaded)");
    check("u || true", "true");
    check("u && false", "false");
    check("false || u", "unknown (why)");
    check("[1, 2].all(x, u)", "unknown (why)");
    check("[1, 2].exists(x, x == 2 || u)", "true");
    check("!u", "unknown (why)");
    check("u ? 1 : 2", "unknown (why)");
    check("has(u.field)", "unknown (why)");
    check("1 in [u, 1]", "true");
    check("1 in [u]", "unknown (why)");
}

#[test]
fn a_deciding_side_outweighs_an_error() {
    check("false && 1 / 0 == 1", "false");
    check("1 / 0 == 1 || true", "true");
    check(
        "1 / 0 == 1 || false",
        "error: character 1: the result is too large, or a division by zero",
    );
    check("[0, 2].exists(x, 4 / x == 2)", "true");
    check("[0, 1].all(x, 4 / x == 3)", "false");
}

#[test]
fn precedence_and_association_are_those_of_the_specification() {
    check("1 + 2 * 3 - 4", "3");
    check("10 - 2 - 3", "5");
    check("true || false && false", "true");
    check("-2 * 3 == -6", "true");
    check("!false && true", "true");
    check("true ? 1 : true ? 2 : 3", "1");
    check("2 < 3 == true", "true");
    check("-9223372036854775808", "-9223372036854775808");
    check(
        "9223372036854775807 + 1",
        "error: character 1: the result is too large, or a division by zero",
    );
}

#[test]
fn numbers_compare_by_value_and_kinds_do_not_mix() {
    check("1 == 1u && 1 == 1.0 && 1u < 1.5", "true");
    check("'1' == 1", "false");
    check("1 + 1.0", "error: character 1: int and double cannot be combined so");
    check("'a' < 1", "error: character 1: string and int have no order");
    check("0x1F == 31 && 1e3 == 1000.0 && .5 == 0.5", "true");
    check("7 % 3 == 1 && -7 / 2 == -3", "true");
}

#[test]
fn texts_have_all_their_forms() {
    check(r"'a\n\x41\u4e2d' + r'\n' + '''x'y'''", r#""a\nA中\\nx'y""#);
    check(r"b'\xff' == b'\377'", "true");
    check("'中文'.size() == 2 && size('ab') == 2", "true");
    check("'a,b,c'.split(',', 2).join('|')", "\"a|b,c\"");
    check("'banana'.replace('a', 'o', 2).upperAscii()", "\"BONONA\"");
    check("'héllo'.substring(1, 3) + 'x'.charAt(0)", "\"élx\"");
    check("'banana'.indexOf('n') + 'banana'.lastIndexOf('n')", "6");
    check("'CVE-2021-1'.matches('^CVE-[0-9]{4}-[0-9]+$')", "true");
    check("'x'.matches('(')", "error: character 1: `(` is no pattern: error parsing pattern 0");
}

#[test]
fn lists_and_maps() {
    check("{'a': 1, 'b': [2]}.b[0]", "2");
    check("{'a': 1}['b']", "error: character 1: there is no key \"b\"");
    check("{'a': 1, 'a': 2}", "error: character 10: the key \"a\" is there twice");
    check("[1, 2, 3].filter(x, x > 1).map(x, x * 2)", "[4, 6]");
    check("[1, 2, 3].map(x, x > 1, x)", "[2, 3]");
    check("[1, 2, 2].exists_one(x, x == 2)", "false");
    check("{'a': 1}.all(k, k == 'a') && 'a' in {'a': 1}", "true");
    check("[1] + [2] == [1, 2,]", "true");
    check("[1][1]", "error: character 1: there is no element 1");
    check("'kev' in finding && size(finding) == 3", "true");
}

#[test]
fn conversions_say_what_they_cannot_do() {
    check("int('12') + int(3.9) + int(1u)", "16");
    check("int('x')", "error: character 1: \"x\" is no int");
    check("string(1.5) + string(true)", "\"1.5true\"");
    check("type(1) == 'int' && type([]) == 'list'", "true");
    check("uint(-1)", "error: character 1: -1 is no uint");
}

#[test]
fn mistakes_are_found_before_anything_runs() {
    check("finding.severity >=", "syntax: character 20: a value is missing at the end");
    check("frobnicate(1)", "syntax: character 1: there is no function `frobnicate`");
    check("size()", "syntax: character 1: `size` takes another number of arguments");
    check("a b", "syntax: character 3: the expression should end here");
    check("'open", "syntax: character 1: the string is not closed");
    check("has(a)", "syntax: character 1: `has` takes one field: `has(a.b)`");
    check("a & b", "syntax: character 3: `&` has no meaning here");
    let expression = Expression::parse("[1].all(x, x > a.b.c) && finding.typo").unwrap();
    let paths: Vec<String> = expression.paths().into_iter().map(|path| path.join(".")).collect();
    assert_eq!(paths, ["a.b.c", "finding.typo"]);
}

#[test]
fn work_is_bounded() {
    let nested = format!("{}1{}", "(".repeat(60), ")".repeat(60));
    check(&nested, "syntax: character 51: nested more than 50 deep");
    assert!(Expression::parse(&"1+".repeat(300)).is_err());
    let list = format!("[{}]", "1,".repeat(200));
    let walk = format!("{list}.all(a, {list}.all(b, a == b))");
    check(&walk, "error: character 556: more than 10000 steps");
    check(
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.replace('a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')",
        "error: character 1: longer than 1000 bytes",
    );
}

#[test]
fn no_text_makes_the_parser_panic() {
    let pieces = [
        "a", ".", "(", ")", "[", "]", "{", "}", "'", "\\", "1", "e", "?", ":", "中", "&&", "in",
        "-", "b\"", "\n", "0x", "has(",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..(state >> 59) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(pieces[state as usize % pieces.len()]);
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.evaluate(&Variables::new(), Budget::default());
        }
    }
}

/// As [`check`], with absent fields as null and a function of the engine.
fn check_lenient(text: &str, expected: &str) {
    struct Twice;

    impl Host for Twice {
        fn call<'v>(
            &'v self,
            name: &str,
            arguments: &[Value<'v>],
        ) -> Option<Result<Value<'v>, String>> {
            match (name, arguments) {
                ("twice", [Value::Int(number)]) => Some(Ok(Value::Int(number * 2))),
                ("twice", _) => Some(Err("`twice` takes an int".to_owned())),
                _ => None,
            }
        }
    }

    let answer = match Expression::parse_with(text, &[("twice", false, 1, 1)]) {
        Err(error) => format!("syntax: {error}"),
        Ok(expression) => {
            let variables = Variables::new()
                .with("finding", Value::Node(&Finding))
                .with("u", Value::unknown(Text::untranslated("why")))
                .with_host(&Twice)
                .lenient();
            match expression.evaluate(&variables, Budget::default()) {
                Ok(value) => format!("{value:?}"),
                Err(error) => format!("error: {error}"),
            }
        }
    };
    assert_eq!(answer, expected, "{text}");
}

#[test]
fn what_is_absent_is_null_where_documents_are_read_leniently() {
    check_lenient("finding.a.b.c == true", "false");
    check_lenient("finding.a.b.c != true", "true");
    check_lenient("finding.a > 3 || finding.a <= 3", "false");
    check_lenient("!finding.a && !finding.a.exists(x, x == 1)", "true");
    check_lenient("size(finding.a) == 0 && finding.a.all(x, x > 1)", "true");
    check_lenient(
        "finding.a.startsWith('x') || 'x' in finding.a || finding.a.matches('x')",
        "false",
    );
    check_lenient("finding.paths[7].lowerAscii() == null", "true");
    check_lenient("'True' == true && '70' > 8 && '1.5' < 2", "true");
    check_lenient("'yes' == true", "false");
    check_lenient("u == null", "unknown (why)");
    check_lenient("finding.a ? 1 : 2", "2");
}

#[test]
fn engines_offer_functions_of_their_own() {
    check_lenient("twice(4)", "8");
    check_lenient("twice('a')", "error: character 1: `twice` takes an int");
    check_lenient("twice(1, 2)", "syntax: character 1: `twice` takes another number of arguments");
    check("twice(4)", "syntax: character 1: there is no function `twice`");
}

#[test]
fn patterns_that_never_change_are_compiled_once() {
    check("finding.id.matches('^CVE-[0-9]+-')", "true");
    check("finding.paths.exists(p, p.matches('^b/'))", "true");
    check("'a'.matches('(')", "error: character 1: `(` is no pattern: error parsing pattern 0");
}

#[test]
fn a_list_that_holds_itself_many_times_over_is_not_counted_to_its_end() {
    let doubled = format!("[1]{}", ".map(x, [x, x])".repeat(60));
    for text in [
        format!("{doubled} == {doubled}"),
        format!("{doubled} in [{doubled}]"),
        format!("{{{doubled}: 1, {doubled}: 2}}"),
        format!("int({doubled})"),
        format!("[1][{doubled}]"),
    ] {
        let expression = Expression::parse(&text).unwrap();
        let answer = expression.evaluate(&Variables::new(), Budget::default());
        assert!(answer.is_err_and(|error| error.why.contains("steps")), "{text}");
    }
}

#[test]
fn what_is_looked_at_counts_as_steps() {
    let words = format!("'{}'.split(',')", "a,".repeat(400));
    check(&format!("size({words}) == 401"), "true");
    let looked_up = format!("{words}.filter(x, x in {words}).size() > 0");
    let expression = Expression::parse(&looked_up).unwrap();
    let answer = expression.evaluate(&Variables::new(), Budget { steps: 10_000, size: 1_000 });
    assert!(answer.is_err_and(|error| error.why.contains("steps")));
    let patterns = "[1, 2, 3].map(a, [1, 2, 3].map(b, [1, 2, 3].map(c, 'a'.matches(string(c)))))";
    check(patterns, "error: character 52: more than 10000 steps");
}

#[test]
fn the_last_position_of_all_is_past_the_end() {
    check(
        "'abc'.charAt(9223372036854775807)",
        "error: character 1: there are no characters from 9223372036854775807 to \
         9223372036854775807 in 3",
    );
}

#[test]
fn optional_values_are_asked_for_what_may_be_absent() {
    check("{'a': 1}.?b.orValue(7)", "7");
    check("{'a': {'c': 2}}.?a.c.orValue(7)", "2");
    check("{'a': 1}[?'a'].hasValue() && ![1][?4].hasValue()", "true");
    check("{'a': 2}.?a.optMap(x, x * 2).orValue(0)", "4");
    check("[?{'a': 1}.?b, 3]", "[3]");
    check("optional.none().or(optional.of(1)).value()", "1");
    check("finding.?epss.orValue(0.0) > 0.5", "unknown (EPSS was not loaded)");
    check("{'a': 1}.?b.value()", "error: character 1: the optional value is not there");
}

#[test]
fn quantities_compare_as_amounts() {
    check("quantity('500m').compareTo(quantity('0.5'))", "0");
    check("quantity('1.5Gi').isGreaterThan(quantity('1G'))", "true");
    check("quantity('2k').add(5).asInteger()", "2005");
    check("isQuantity('1Qi') || isQuantity('') || isQuantity('.')", "false");
    check(
        "quantity('99999999999999999999999999999')",
        "error: character 1: \"99999999999999999999999999999\" is no quantity",
    );
    check("quantity('1e2').asApproximateFloat()", "100.0");
}

#[test]
fn addresses_urls_versions_and_patterns_are_understood() {
    check("cidr('10.0.0.0/8').containsIP('10.9.8.7')", "true");
    check("cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/7'))", "false");
    check("ip('::1').isLoopback() && ip('::1').family() == 6", "true");
    check("isIP('1.2.3') || isCIDR('1.2.3.4/33') || ip.isCanonical('2001:DB8::1')", "false");
    check("string(cidr('192.168.7.9/24').masked())", "\"192.168.7.0/24\"");
    check("url('https://u@h.example:81/p/q?a=1&a=b%20c').getPort()", "\"81\"");
    check("url('https://h/p?a=1&a=b%20c').getQuery()['a']", "[\"1\", \"b c\"]");
    check("isURL('no url') || isURL('../x')", "false");
    check("semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))", "true");
    check("'a1b22'.findAll('[0-9]+')", "[\"1\", \"22\"]");
    check("'a1b22'.find('[x]+')", "\"\"");
    check("'%s has %d of %.1f'.format(['x', 2, 1.25])", "\"x has 2 of 1.2\"");
    check("format.dns1123Label().validate('Bad_').hasValue()", "true");
}

#[test]
fn lists_are_measured_and_sorted() {
    check("[1, 2, 4].sum() == 7 && [1, 2].isSorted() && [3, 9].max() == 9", "true");
    check("['a', 'b', 'a'].lastIndexOf('a')", "2");
    check("sets.contains([1, 2], [2]) && !sets.intersects([1], [2])", "true");
    check("[].min()", "error: character 1: an empty list has neither least nor greatest");
    check("type(1) == int && type('') == string", "true");
}

#[test]
fn what_is_not_known_inside_is_not_equal_and_not_different() {
    check("[1, u] == [1, 2]", "unknown (why)");
    check("[1, u] == 3", "false");
    check("[u, 'b'].join(',')", "unknown (why)");
    check("size([u, 'b'])", "2");
    check("{'a': 1} == {'a': 2}", "false");
}
