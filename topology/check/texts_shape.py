"""Texts of the shape tier: files, syntax, fields, values."""

from topology.check.texts import Text

SHAPE = {
    "E-SHAPE-001": Text(
        "file '{name}' is missing", "thiếu tệp '{name}'",
        "each file of a province has its place; one without records holds an empty list.",
        "mỗi tệp của một tỉnh có vị trí riêng; không có bản ghi thì để danh sách trống.",
    ),
    "E-SHAPE-002": Text(
        "nothing reads the file '{name}'", "không phần nào đọc tệp '{name}'",
        "nothing in the records is silently ignored.", "không có gì trong hồ sơ bị âm thầm bỏ qua.",
    ),
    "E-SHAPE-003": Text(
        "the file cannot be read: {reason}", "không đọc được tệp: {reason}",
        "records are UTF-8 text files of at most 4 MiB.", "hồ sơ là tệp văn bản UTF-8, tối đa 4 MiB.",
    ),
    "E-SHAPE-004": Text(
        "invisible character {code_point}", "ký tự vô hình {code_point}",
        "control and direction characters make a text look different from what it says.",
        "ký tự điều khiển và đổi hướng làm văn bản trông khác với nội dung thật.",
    ),
    "E-SHAPE-005": Text(
        "decomposed letters in '{text}': not Unicode NFC", "chữ tổ hợp rời trong '{text}': không phải Unicode NFC",
        "two spellings of one name look alike and compare as different; save the file with composed letters (NFC).",
        "hai cách mã hoá cùng một tên trông giống nhau nhưng so sánh lại khác; hãy lưu tệp ở dạng dựng sẵn (NFC).",
    ),
    "E-SHAPE-006": Text(
        "not YAML: {problem}", "không phải YAML: {problem}",
        "the file must be one YAML document.", "tệp phải là một tài liệu YAML.",
    ),
    "E-SHAPE-007": Text(
        "'{key}' stands twice, first in line {line}", "'{key}' xuất hiện hai lần, lần đầu ở dòng {line}",
        "the second would silently replace the first.", "lần sau sẽ âm thầm thay lần đầu.",
    ),
    "E-SHAPE-008": Text(
        "'{text}' is read differently by different programs", "'{text}' được các chương trình hiểu khác nhau",
        "older YAML takes yes, no, on, off as true/false, 010 as eight and 1:30 as ninety: "
        "write true or false, a plain decimal number, or put the word in quotes.",
        "YAML cũ hiểu yes, no, on, off là đúng/sai, 010 là tám, 1:30 là chín mươi: "
        "hãy viết true hoặc false, số thập phân thường, hoặc đặt trong dấu nháy.",
    ),
    "E-SHAPE-009": Text(
        "'{text}' is not a number that can be used", "'{text}' không phải là số dùng được",
        "numbers are finite and have at most 18 digits.", "số phải hữu hạn và có tối đa 18 chữ số.",
    ),
    "E-SHAPE-010": Text(
        "{what} is not allowed in records", "không cho phép {what} trong hồ sơ",
        "everything is said once, where it stands: anchors, aliases, merge keys and tags hide it.",
        "mọi thứ được ghi một lần tại chỗ: neo, bí danh, khoá gộp và thẻ che giấu điều đó.",
    ),
    "E-SHAPE-011": Text(
        "more than {limit}", "nhiều hơn {limit}",
        "no province needs it, and it could stop the program.",
        "không tỉnh nào cần đến, và có thể làm treo chương trình.",
    ),
    "E-SHAPE-012": Text(
        "'{field}' is missing in {owner}", "thiếu '{field}' trong {owner}",
        "the field has no default: {meaning}", "trường này không có giá trị mặc định: {meaning}",
    ),
    "E-SHAPE-013": Text(
        "unknown field '{field}'", "trường không biết '{field}'",
        "a field that nothing reads would silently be ignored.", "trường không ai đọc sẽ âm thầm bị bỏ qua.",
    ),
    "E-SHAPE-014": Text(
        "'{field}' must be {expected}, not {value}", "'{field}' phải là {expected}, không phải {value}",
        "{meaning}", "{meaning}",
    ),
    "E-SHAPE-015": Text(
        "'{field}' is {value}, allowed: {allowed}", "'{field}' là {value}, cho phép: {allowed}",
        "{meaning}", "{meaning}",
    ),
    "E-SHAPE-016": Text(
        "'{field}' is {value}, but must be {bound}", "'{field}' là {value}, nhưng phải {bound}",
        "{meaning}", "{meaning}",
    ),
    "E-SHAPE-017": Text(
        "'{field}' is {value}, which does not have the form {form}", "'{field}' là {value}, không đúng dạng {form}",
        "{meaning}", "{meaning}",
    ),
    "E-SHAPE-018": Text(
        "the line has {cells} cells, the header {columns}", "dòng có {cells} ô, tiêu đề có {columns}",
        "put a text that contains a comma in double quotes.", "đặt văn bản có dấu phẩy trong dấu nháy kép.",
    ),
    "E-SHAPE-019": Text(
        "not a CSV line: no header, or a double quote that is not closed or stands inside a cell",
        "không phải dòng CSV: thiếu tiêu đề, hoặc dấu nháy kép chưa đóng hay nằm giữa ô",
        "one record a line; a quote inside a quoted text is written twice.",
        "mỗi dòng một bản ghi; dấu nháy trong văn bản có nháy phải viết hai lần.",
    ),
    "E-SHAPE-020": Text(
        "'{field}' has {count} entries, but needs at least {least}", "'{field}' có {count} mục, cần ít nhất {least}",
        "{meaning}", "{meaning}",
    ),
    "E-SHAPE-021": Text(
        "{more} further errors in this file are not shown", "còn {more} lỗi khác trong tệp này không hiển thị",
        "mend the first ones: the others often follow from them.",
        "hãy sửa các lỗi đầu trước: các lỗi sau thường do chúng gây ra.",
    ),
}  # fmt: skip
