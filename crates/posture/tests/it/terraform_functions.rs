//! Functions of Terraform, by the values its manual promises.

use crate::terraform::worth;

fn check(cases: &[(&str, &str)]) {
    // One configuration for all of them: an expression costs nothing, a reading does.
    for (expression, expected) in cases {
        assert_eq!(worth("variable \"u\" {}", expression), *expected, "{expression}");
    }
}

#[test]
fn numbers() {
    check(&[
        ("abs(-12.4)", "12.4"),
        ("ceil(5.1)", "6"),
        ("floor(-4.5)", "-5"),
        ("log(16, 2)", "4"),
        ("max(5, 12, 9)", "12"),
        ("max([5, 12, 9]...)", "12"),
        ("min(12, 54, 3)", "3"),
        ("parseint(\"FF\", 16)", "255"),
        ("parseint(\"-101\", 2)", "-5"),
        ("pow(3, 2)", "9"),
        ("signum(-13)", "-1"),
        ("sum([10, 13, 6, 4.5])", "33.5"),
        ("max(1, var.u)", "?no value var.u"),
    ]);
}

#[test]
fn texts() {
    check(&[
        ("upper(\"hello\")", "\"HELLO\""),
        ("title(\"hello world\")", "\"Hello World\""),
        ("chomp(\"a\\n\\n\")", "\"a\""),
        ("trimspace(\"  a\\n\")", "\"a\""),
        ("trim(\"?!hello?!\", \"!?\")", "\"hello\""),
        ("trimprefix(\"helloworld\", \"hello\")", "\"world\""),
        ("trimsuffix(\"helloworld\", \"world\")", "\"hello\""),
        ("strrev(\"héllo\")", "\"olléh\""),
        ("startswith(\"hello\", \"he\")", "true"),
        ("endswith(\"hello\", \"he\")", "false"),
        ("strcontains(\"hello\", \"ell\")", "true"),
        ("substr(\"hello world\", 1, 4)", "\"ello\""),
        ("substr(\"hello world\", -5, -1)", "\"world\""),
        ("split(\",\", \"foo,bar,\")", "[\"foo\", \"bar\", \"\"]"),
        ("join(\"-\", [\"a\", 1], [true])", "\"a-1-true\""),
        ("join(\",\", [\"a\", var.u])", "?no value var.u"),
        ("indent(2, \"a\\nb\")", "\"a\\n  b\""),
        ("replace(\"1 + 2 + 3\", \"+\", \"-\")", "\"1 - 2 - 3\""),
        ("replace(\"hello world\", \"/w.*d/\", \"x\")", "\"hello x\""),
        ("replace(\"ab12\", \"/([a-z]+)([0-9]+)/\", \"$2-$1\")", "\"12-ab\""),
        ("regex(\"[a-z]+\", \"53453453.345345aaabbbccc23454\")", "\"aaabbbccc\""),
        ("regex(\"(\\\\d+)-(\\\\d+)\", \"12-34\")", "[\"12\", \"34\"]"),
        ("regex(\"(?P<y>\\\\d+)-(?P<m>\\\\d+)\", \"2019-02\")", "{y: \"2019\", m: \"02\"}"),
        ("regex(\"z\", \"a\")", "?broken a regular expression that matches nothing"),
        ("regexall(\"[a-z]\", \"1a2b\")", "[\"a\", \"b\"]"),
        ("format(\"Hello, %s! %d%%\", \"Ander\", 5)", "\"Hello, Ander! 5%\""),
        (
            "format(\"%05.1f|%-4s|%4d|%x|%q|%t\", 3.14159, \"a\", 7, 255, \"q\", true)",
            "\"003.1|a   |   7|ff|\\\"q\\\"|true\"",
        ),
        ("format(\"%[2]s %[1]s\", \"a\", \"b\")", "\"b a\""),
        ("format(\"%v %#v\", [1, \"a\"], \"x\")", "\"[1,\\\"a\\\"] \\\"x\\\"\""),
        ("formatlist(\"%s-%d\", [\"a\", \"b\"], 1)", "[\"a-1\", \"b-1\"]"),
        ("templatestring(\"x=$${x}\", { x = 1 })", "\"x=1\""),
    ]);
}

#[test]
fn collections() {
    check(&[
        ("alltrue([\"true\", true])", "true"),
        ("alltrue([false, var.u])", "false"),
        ("anytrue([])", "false"),
        ("chunklist([1, 2, 3], 2)", "[[1, 2], [3]]"),
        ("coalesce(\"\", \"b\")", "\"b\""),
        ("coalesce(null, 2)", "2"),
        ("coalescelist([], [1])", "[1]"),
        ("compact([\"a\", \"\", null])", "[\"a\"]"),
        ("concat([\"a\"], [1])", "[\"a\", 1]"),
        ("contains([\"a\", var.u], \"a\")", "true"),
        ("contains([\"a\", var.u], \"b\")", "?no value var.u"),
        ("distinct([\"a\", \"b\", \"a\"])", "[\"a\", \"b\"]"),
        ("element([\"a\", \"b\", \"c\"], 4)", "\"b\""),
        ("element([\"a\", \"b\", \"c\"], -1)", "\"c\""),
        ("flatten([[1, [2]], 3, []])", "[1, 2, 3]"),
        ("index([\"a\", \"b\"], \"b\")", "1"),
        ("keys({b = 1, a = 2})", "[\"a\", \"b\"]"),
        ("values({b = 1, a = 2})", "[2, 1]"),
        ("length(\"héé\")", "3"),
        ("length([var.u, 1])", "2"),
        ("lookup({a = \"x\"}, \"b\", \"no\")", "\"no\""),
        ("matchkeys([\"i1\", \"i2\"], [\"a\", \"b\"], [\"b\"])", "[\"i2\"]"),
        ("merge({a = 1, b = 1}, null, {b = 2})", "{a: 1, b: 2}"),
        ("one([7])", "7"),
        ("one([])", "null"),
        ("range(3)", "[0, 1, 2]"),
        ("range(4, 1)", "[4, 3, 2]"),
        ("range(1, 8, 2.5)", "[1, 3.5, 6]"),
        ("reverse([1, 2])", "[2, 1]"),
        ("setintersection([\"a\", \"b\"], [\"b\", \"c\"])", "[\"b\"]"),
        ("setsubtract([\"a\", \"b\"], [\"b\"])", "[\"a\"]"),
        ("setunion([\"b\"], [\"a\", \"b\"])", "[\"a\", \"b\"]"),
        ("setproduct([\"a\", \"b\"], [1, 2])", "[[\"a\", 1], [\"a\", 2], [\"b\", 1], [\"b\", 2]]"),
        ("slice([\"a\", \"b\", \"c\"], 1, 3)", "[\"b\", \"c\"]"),
        ("sort([\"e\", \"d\", \"a\"])", "[\"a\", \"d\", \"e\"]"),
        ("transpose({a = [\"1\", \"2\"], b = [\"2\"]})", "{1: [\"a\"], 2: [\"a\", \"b\"]}"),
        ("zipmap([\"a\", \"b\"], [1, 2])", "{a: 1, b: 2}"),
        ("toset([\"b\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
        ("tonumber(\"1.50\")", "1.5"),
        ("tostring(true)", "\"true\""),
        ("tobool(\"x\")", "?broken a value that is not a bool"),
        ("try({}.a, \"fallback\")", "\"fallback\""),
        ("try(var.u, 1)", "?no value var.u"),
        ("can([1][1])", "false"),
        ("can(1)", "true"),
        ("sensitive(\"a\")", "\"a\""),
    ]);
}

#[test]
fn encodings_and_hashes() {
    check(&[
        ("base64encode(\"Hello World\")", "\"SGVsbG8gV29ybGQ=\""),
        ("base64decode(\"SGVsbG8gV29ybGQ=\")", "\"Hello World\""),
        ("textencodebase64(\"Hi\", \"UTF-16LE\")", "\"SABpAA==\""),
        ("textdecodebase64(\"SABpAA==\", \"UTF-16LE\")", "\"Hi\""),
        ("urlencode(\"Hello World!\")", "\"Hello+World%21\""),
        ("jsondecode(\"{\\\"a\\\": [1, null]}\")", "{a: [1, null]}"),
        ("jsonencode({ b = \"x\", a = 1.5 })", r#""{\"a\":1.5,\"b\":\"x\"}""#),
        ("yamldecode(\"a: [1, x]\")", "{a: [1, \"x\"]}"),
        (
            "yamlencode({ a = [1, \"x\"], b = { c = null } })",
            r#""\"a\":\n- 1\n- \"x\"\n\"b\":\n  \"c\": null\n""#,
        ),
        ("csvdecode(\"a,b\\n1,\\\"2,3\\\"\\n\")", "[{a: \"1\", b: \"2,3\"}]"),
        ("md5(\"hello world\")", "\"5eb63bbbe01eeed093cb22bb8f5acdc3\""),
        ("sha1(\"hello world\")", "\"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed\""),
        (
            "sha256(\"hello world\")",
            "\"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9\"",
        ),
        ("base64sha256(\"hello world\")", "\"uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=\""),
        ("uuidv5(\"dns\", \"www.terraform.io\")", "\"a5008fae-b28c-5ba5-96cd-82b4c53552d6\""),
    ]);
}

#[test]
fn networks() {
    check(&[
        ("cidrhost(\"10.12.112.0/20\", 16)", "\"10.12.112.16\""),
        ("cidrhost(\"10.12.112.0/20\", -1)", "\"10.12.127.255\""),
        ("cidrhost(\"fd00:fd12:3456:7890:00a2::/72\", 34)", "\"fd00:fd12:3456:7890::22\""),
        ("cidrhost(\"10.0.0.0/30\", 4)", "?broken a host number that does not fit"),
        ("cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\""),
        ("cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""),
        ("cidrsubnet(\"10.1.2.0/24\", 4, 15)", "\"10.1.2.240/28\""),
        ("cidrsubnet(\"fd00:fd12:3456:7890::/56\", 16, 162)", "\"fd00:fd12:3456:7800:a200::/72\""),
        ("cidrsubnet(\"0.0.0.0/0\", 32, 4294967295)", "\"255.255.255.255/32\""),
        (
            "cidrsubnets(\"10.1.0.0/16\", 4, 4, 8, 4)",
            "[\"10.1.0.0/20\", \"10.1.16.0/20\", \"10.1.32.0/24\", \"10.1.48.0/20\"]",
        ),
        ("cidrcontains(\"10.0.0.0/8\", \"10.2.0.0/16\")", "true"),
        ("cidrsubnet(\"x\", 4, 2)", "?broken `x` as a network"),
    ]);
}

#[test]
fn dates() {
    check(&[
        (
            "formatdate(\"DD MMM YYYY hh:mm ZZZ\", \"2018-01-02T23:12:01Z\")",
            "\"02 Jan 2018 23:12 UTC\"",
        ),
        (
            "formatdate(\"EEEE, DD-MMM-YY hh:mm:ss ZZZ\", \"2018-01-02T23:12:01Z\")",
            "\"Tuesday, 02-Jan-18 23:12:01 UTC\"",
        ),
        (
            "formatdate(\"MMM DD, YYYY 'at' H:mmaa\", \"2018-01-02T23:12:01-08:00\")",
            "\"Jan 02, 2018 at 11:12pm\"",
        ),
        ("timeadd(\"2017-11-22T00:00:00Z\", \"10m\")", "\"2017-11-22T00:10:00Z\""),
        ("timeadd(\"2017-11-22T00:00:00Z\", \"-1h30m\")", "\"2017-11-21T22:30:00Z\""),
        ("timecmp(\"2017-11-22T00:00:00Z\", \"2017-11-22T01:00:00+01:00\")", "0"),
        ("timecmp(\"2017-11-22T01:00:00Z\", \"2017-11-22T00:00:00Z\")", "1"),
    ]);
}

#[test]
fn what_nobody_can_answer_before_deployment() {
    check(&[
        ("timestamp()", "?function timestamp"),
        ("uuid()", "?function uuid"),
        ("bcrypt(\"a\")", "?function bcrypt"),
        ("provider::aws::arn_parse(\"a\")", "?function provider::aws::arn_parse"),
        ("file(\"nowhere.txt\")", "?missing nowhere.txt"),
        ("file(\"../../etc/passwd\")", "?missing ../../etc/passwd"),
        ("fileexists(\"nowhere.txt\")", "?missing nowhere.txt"),
        ("terraform.workspace", "?no value terraform.workspace"),
        ("path.cwd", "?function path.cwd"),
        ("basename(\"a/b.txt\")", "\"b.txt\""),
        ("dirname(\"a/b.txt\")", "\"a\""),
    ]);
}

#[test]
fn files_of_the_target_are_read() {
    let read = crate::terraform::read(&[
        (
            "root/main.tf",
            "module \"m\" { source = \"../m\" }\noutput \"it\" {\n  value = [file(\"a.txt\"), \
             fileset(path.module, \"*.{txt,md}\"), filesha1(\"a.txt\"), fileexists(\"./a.txt\")]\n}\n",
        ),
        ("root/a.txt", "hi"),
        ("root/b.md", "x"),
        ("root/sub/c.md", "x"),
        (
            "m/main.tf",
            "output \"t\" {\n  value = templatefile(\"${path.module}/t.tpl\", { names = [\"a\", \"b\"] })\n}\n",
        ),
        ("m/t.tpl", "%{ for n in names ~}\n<${n}>\n%{ endfor ~}\n"),
    ]);
    assert_eq!(
        read.attr("root: output.it", "value"),
        "[\"hi\", [\"a.txt\", \"b.md\"], \"c22b5f9178342609428d6f51b2c5af4c0bde6a42\", true]"
    );
    assert_eq!(read.attr("m: output.t", "value"), "\"<a>\\n<b>\\n\"");
}
