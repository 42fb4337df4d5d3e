//! Names and numbers that a label tells: 姓名：…, patientId=…, <姓名>…</姓名>, HL7 segments.

use super::{Make, Rule, STARS, apply, group, keep_label, rules, whole};
use regex::Captures;
use std::{borrow::Cow, sync::LazyLock};

pub(super) fn mask(words: &str) -> Cow<'_, str> {
    apply(&RULES, words)
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(TABLE));

/// The table of rules, in order of application.
const TABLE: &[(&str, Make)] = &[
    // HL7 v2 segments that describe a person (PID, next of kin, guarantor, insurance): to the end of the segment
    (r"\b((?:PID|NK1|GT1|IN1)\|)\d*\|[^\r\n]*", keep_label),
    // 姓名：张三, 患者姓名=张三, <姓名>张三</姓名>
    (
        r#"((?:姓\s?名|联系人|监护人|就诊人)\s*\\?["']?\s*(?:[:：=＝>]|为)\s*\\?["']?\s*)([^\s,，;；。、|&"'“”<>(){}（）\[\]【】\\/*]+(?: [A-Z][A-Za-z.'-]+){0,2})"#,
        keep_label_only,
    ),
    // patientName=…, "real_name":"…"
    (
        r#"(?i)(\b(?:[a-z]+[._])?(?:patient_?name|pat_?name|real_?name|full_?name|doctor_?name|doc_?name|nurse_?name|operator_?name|contact_?name|guardian_?name|employee_?name|emp_?name|person_?name|hzxm|brxm|ysxm|xingming)\\?["']?\s*(?:=>|[:：=＝>])\s*)(\\?"[^"\\\r\n]*|'[^'\r\n]*|[^\s,;，；&"'<>(){}\[\]|\\*]+(?: [A-Z][A-Za-z.'-]+){0,2})"#,
        quoted,
    ),
    // name=张三, 患者：张三, 医生 = 欧阳明: only what looks like a Chinese name
    (
        r#"(?i)((?:\b(?:[a-z]*_?name|xm|username|user|patient|doctor)|患者|病人|医生|医师|护士|操作员|操作人|收费员|药师|申请人|审核人|经办人|家属|用户|用户名)\\?["']?\s*(?:[:：=＝>]|为)\s*\\?["']?\s*)(\p{Han}{2,4}(?:·\p{Han}{1,8})?)"#,
        han_name,
    ),
    // 患者张三已挂号: no mark between them
    (
        r"((?:患者|病人|医生|医师|护士|操作员|收费员|药师|家属)\s?)(\p{Han}{2,4})",
        han_name_joined,
    ),
    // 住院号：0012345, patientId=10023, "cardNo":"A0012"
    (
        r#"(?i)((?:患者|病人|就诊|门诊|住院|病历|病案|诊疗卡|就诊卡|健康卡|医保卡?|社保卡?|身份证|证件|银行卡|登记|挂号|卡)(?:id|号码|编号|卡号|流水号|序号|主索引号?|号)\\?["']?\s*(?:=>|[:：=＝>]|为|是)?\s*\\?["']?\s*)([A-Za-z]{0,6}-?[0-9][0-9A-Za-z-]*)"#,
        keep_label_only,
    ),
    (
        r#"(?i)(\b(?:[a-z]+[._])?(?:patient_?(?:id|no|num|number|code)|pat_?(?:id|no)|mrn|medical_?record_?(?:no|number|id)|(?:in|out)patient_?(?:no|id|number)|visit_?(?:id|no|number)|encounter_?id|admission_?(?:no|id)|card_?(?:no|num|number|id)|id_?card(?:_?no|_?number)?|id_?(?:no|number)|cert_?(?:no|number|id)|identity_?(?:no|card|number)|empi(?:_?id)?|mpi_?id|insurance_?(?:no|number)|ssn|brid|hzid|brbh|zyh|mzh|blh|sfzh|jzkh|jzh)\\?["']?\s*(?:=>|[:：=＝>]|\bis\b)\s*\\?["']?\s*)([A-Za-z]{0,6}-?[0-9][0-9A-Za-z-]*)"#,
        keep_label_only,
    ),
    // /patients/10023 in a path
    (
        r"(?i)(/(?:in|out)?(?:patient|visit|encounter|admission)s?/)[0-9]{3,}",
        keep_label,
    ),
    // 电话：…, mobile=…
    (
        r#"(?i)((?:电话|手机|联系方式|\b(?:tel|telephone|phone|mobile|cellphone)(?:_?(?:no|num|number))?)(?:号码|号)?\\?["']?\s*(?:[:：=＝>]|为)\s*\\?["']?\s*)(\+?[(（]?[0-9][0-9 ()（）-]{5,}[0-9])"#,
        keep_label_only,
    ),
    // 家庭住址：…
    (
        r#"((?:家庭住址|家庭地址|现住址|居住地址|户籍地址|户口地址|联系地址|通讯地址|住址)\\?["']?\s*[:：=＝>]\s*\\?["']?\s*)([^\s,，;；"'<>|\\*]+)"#,
        keep_label_only,
    ),
];

/// Group 1 kept, group 2 masked.
fn keep_label_only(captures: &Captures<'_>) -> String {
    if empty(group(captures, 2)) {
        whole(captures)
    } else {
        format!("{}{STARS}", group(captures, 1))
    }
}

/// The same for a value that may bring its opening quote.
fn quoted(captures: &Captures<'_>) -> String {
    let value = group(captures, 2);
    let bare = value.trim_start_matches(['\\', '"', '\'']);
    if empty(bare) {
        return whole(captures);
    }
    let quote = value.get(..value.len() - bare.len()).unwrap_or_default();
    format!("{}{quote}{STARS}", group(captures, 1))
}

fn empty(value: &str) -> bool {
    value.is_empty() || value.eq_ignore_ascii_case("null") || value.starts_with('*')
}

fn han_name(captures: &Captures<'_>) -> String {
    let value = group(captures, 2);
    if looks_like_a_name(value) {
        format!("{}{STARS}", group(captures, 1))
    } else {
        whole(captures)
    }
}

/// A name that follows its role without a mark; the words after the name stay.
fn han_name_joined(captures: &Captures<'_>) -> String {
    let value = group(captures, 2);
    let chars: Vec<char> = value.chars().collect();
    let Some(surname) = surname_length(&chars) else {
        return whole(captures);
    };
    if chars.first().is_some_and(|c| AMBIGUOUS.contains(*c)) {
        return whole(captures);
    }
    let given = chars
        .iter()
        .skip(surname)
        .take(2)
        .take_while(|c| !FOLLOWS_A_NAME.contains(**c))
        .count();
    if given == 0 {
        return whole(captures);
    }
    let rest: String = chars.iter().skip(surname + given).collect();
    format!("{}{STARS}{rest}", group(captures, 1))
}

/// Two or three characters with a common surname, four with a double one, or a name with a middle dot.
fn looks_like_a_name(value: &str) -> bool {
    if value.contains('·') {
        return true;
    }
    let chars: Vec<char> = value.chars().collect();
    match surname_length(&chars) {
        Some(1) => (2..=3).contains(&chars.len()),
        Some(_) => (3..=4).contains(&chars.len()),
        None => false,
    }
}

fn surname_length(chars: &[char]) -> Option<usize> {
    let first_two: String = chars.iter().take(2).collect();
    if DOUBLE_SURNAMES.contains(&first_two.as_str()) && chars.len() > 2 {
        return Some(2);
    }
    chars.first().filter(|c| SURNAMES.contains(**c)).map(|_| 1)
}

const DOUBLE_SURNAMES: [&str; 10] = [
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐",
];

/// The commonest surnames (about 95 % of the population).
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈\
姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施洪季翁庄柯倪\
章鲁俞樊殷葛颜岳齐伍左祝齐华游阮詹耿欧牟";

/// Surnames that also start common words (于 10:31, 方案, 金额, 余额, 查询, 高危): not trusted without a mark.
const AMBIGUOUS: &str = "于方金余任高何许向常温夏江左付严万齐华游白段章季康武石程田钱马毛龙";

/// What follows a name in a sentence.
const FOLLOWS_A_NAME: &str = "的在已未于和与及挂就入出缴取办预登检住被把给从到因无有为是请需退转进报记结";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(RULES.len(), TABLE.len());
    }
}
