"""Texts of the scenarios: patches on the records."""

from topology.check.texts import Text

SCENARIOS = {
    "E-SCN-001": Text(
        "'{path}' names nothing in the records", "'{path}' không trỏ tới gì trong hồ sơ",
        "a patch that reaches nothing would silently be ignored.", "bản vá không tới đâu sẽ âm thầm bị bỏ qua.",
    ),
    "E-SCN-002": Text(
        "'{path}' is changed twice, also at {other}", "'{path}' bị thay đổi hai lần, còn tại {other}",
        "the order of scenarios does not count, so two changes of one value cannot both hold.",
        "thứ tự kịch bản không có ý nghĩa, nên hai thay đổi của một giá trị không thể cùng đúng.",
    ),
    "E-SCN-003": Text(
        "'{path}' is {value}, which cannot be multiplied", "'{path}' là {value}, không nhân được",
        "only numbers are scaled.", "chỉ nhân được số.",
    ),
    "E-SCN-004": Text(
        "the scenario in '{file}' calls itself '{id}'", "kịch bản trong '{file}' tự gọi là '{id}'",
        "a scenario is asked for by the name of its file.", "kịch bản được gọi theo tên tệp của nó.",
    ),
    "E-SCN-005": Text(
        "'{path}' is no list of records", "'{path}' không phải danh sách bản ghi",
        "records are added to a list and removed from one; a single value is set.",
        "bản ghi được thêm vào và bỏ khỏi danh sách; giá trị đơn thì được đặt.",
    ),
    "E-SCN-006": Text(
        "scenario '{id}' has a changeover but is not over a plan",
        "kịch bản '{id}' có chuyển đổi nhưng không dựa trên kế hoạch",
        "lines are ordered and cancelled against those that are there: over: plan.",
        "kênh được đặt và huỷ so với kênh đang có: over: plan.",
    ),
    "W-SCN-001": Text(
        "'{path}' has this value already", "'{path}' đã có giá trị này",
        "the patch does nothing: it may have been overtaken by the records.",
        "bản vá không có tác dụng: có thể hồ sơ đã được cập nhật.",
    ),
}  # fmt: skip
