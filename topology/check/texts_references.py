"""Texts of the reference tier: ids and what they point at."""

from topology.check.texts import Text


def _unknown(thing: str, thing_vi: str, known: str, known_vi: str) -> Text:
    return Text(
        "{owner} names unknown " + thing + " '{id}'", "{owner} nêu " + thing_vi + " không tồn tại '{id}'",
        f"it must be one of {known}.", f"phải là một trong {known_vi}.",
    )  # fmt: skip


REFERENCES = {
    "E-REF-001": Text(
        "{owner} stands twice, first at {first}", "{owner} xuất hiện hai lần, lần đầu tại {first}",
        "everything refers to it by its id, so the id must be unique.",
        "mọi nơi tham chiếu bằng mã, nên mã phải là duy nhất.",
    ),
    "E-REF-002": _unknown("site", "điểm mạng", "the sites of sites.csv", "các điểm trong sites.csv"),
    "E-REF-003": _unknown(
        "site or exchange", "điểm mạng hoặc tổng đài",
        "the sites and exchanges of the province", "các điểm mạng và tổng đài của tỉnh",
    ),
    "E-REF-004": _unknown("carrier", "doanh nghiệp viễn thông", "the carriers of carriers.yaml",
                          "các doanh nghiệp trong carriers.yaml"),
    "E-REF-005": _unknown("district", "huyện", "the sites of class district", "các điểm thuộc lớp district"),
    "E-REF-006": _unknown("duct", "tuyến cống bể", "the ducts of ducts.csv", "các tuyến trong ducts.csv"),
    "E-REF-007": _unknown("link module", "gói kênh", "the modules of modules.yaml", "các gói trong modules.yaml"),
    "E-REF-008": _unknown("zone", "vùng mạng", "the zones of zones.yaml", "các vùng trong zones.yaml"),
    "E-REF-009": _unknown("source", "nguồn", "the sources of sources.yaml", "các nguồn trong sources.yaml"),
    "E-REF-010": _unknown("service", "dịch vụ", "the services of services/*.yaml",
                          "các dịch vụ trong services/*.yaml"),
    "E-REF-011": _unknown("fact", "dữ kiện", "the facts of facts.yaml", "các dữ kiện trong facts.yaml"),
    "E-REF-012": _unknown("host model", "mẫu máy chủ", "the host models of catalogue.yaml",
                          "các mẫu trong catalogue.yaml"),
    "E-REF-013": _unknown("rack", "tủ máy", "the racks of facility.yaml", "các tủ trong facility.yaml"),
    "E-REF-014": _unknown("role", "vai trò", "the roles of the workloads in that zone",
                          "các vai trò của máy trong vùng đó"),
    "E-REF-015": _unknown("machine", "máy", "the machines that services/*.yaml name",
                          "các máy nêu trong services/*.yaml"),
    "E-REF-025": _unknown("workload", "nhóm máy", "the workloads of services/*.yaml",
                          "các nhóm máy trong services/*.yaml"),
    "E-REF-026": Text(
        "{owner}: there is no room at '{id}'", "{owner}: tại '{id}' không có phòng máy",
        "machines stand in the rooms of facility.yaml; those that name no site stand at the core.",
        "máy đứng trong các phòng của facility.yaml; máy không nêu điểm thì đứng ở trung tâm.",
    ),
    "E-REF-016": Text(
        "{owner} joins the place '{id}' with itself", "{owner} nối nơi '{id}' với chính nó",
        "a duct joins two places; an exchange and the site it stands near are one place.",
        "một tuyến nối hai nơi; tổng đài và điểm mạng cạnh nó là một nơi.",
    ),
    "E-REF-017": Text(
        "{owner}: '{id}' has class {found}, but must have class {expected}",
        "{owner}: '{id}' thuộc lớp {found}, nhưng phải thuộc lớp {expected}",
        "the class of a site decides what it can be used for.", "lớp của điểm mạng quyết định vai trò của nó.",
    ),
    "E-REF-018": Text(
        "{owner} integrates itself", "{owner} tích hợp với chính nó",
        "the integration platform joins different services.", "nền tảng tích hợp nối các dịch vụ khác nhau.",
    ),
    "E-REF-019": Text(
        "{owner} names {names} machines, but has {replicas} replicas",
        "{owner} nêu {names} máy, nhưng có {replicas} bản sao",
        "every replica has its own name, or none has.", "mỗi bản sao có tên riêng, hoặc không bản nào có.",
    ),
    "E-REF-020": Text(
        "{owner} compares with '{id}', which is not a known expression",
        "{owner} so sánh với '{id}', không phải biểu thức đã biết",
        "a sanity check counts or sums the records: {known}.", "phép kiểm đếm hoặc cộng các bản ghi: {known}.",
    ),
    "E-REF-021": Text(
        "class '{id}' has sites but no policy", "lớp '{id}' có điểm mạng nhưng không có chính sách",
        "policy.yaml says what the sites of each class are promised.",
        "policy.yaml nêu cam kết cho các điểm của từng lớp.",
    ),
    "E-REF-024": Text(
        "{owner} is a commune without a district", "{owner} là xã không thuộc huyện nào",
        "its carriers and its addresses follow from its district.", "nhà mạng và địa chỉ của xã theo huyện của nó.",
    ),
    "E-REF-022": Text(
        "figure '{id}' is missing", "thiếu số liệu '{id}'",
        "{meaning}", "{meaning}",
    ),
    "E-REF-023": Text(
        "nothing uses the figure '{id}'", "không phần nào dùng số liệu '{id}'",
        "nothing in the records is silently ignored: {known}.", "không có gì bị âm thầm bỏ qua: {known}.",
    ),
}  # fmt: skip
