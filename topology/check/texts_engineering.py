"""Texts of the engineering tier: would it work, is it legal, is it believable."""

from topology.check.texts import Text

ENGINEERING = {
    "E-ENG-001": Text(
        "{owner} has the address slot {slot} of {other}", "{owner} trùng vị trí địa chỉ {slot} với {other}",
        "two sites would have the same addresses; a slot is given once and kept for ever.",
        "hai điểm sẽ trùng địa chỉ; vị trí được cấp một lần và giữ mãi.",
    ),
    "E-ENG-002": Text(
        "{owner} takes address .{offset} of zone {zone}, which belongs to {other}",
        "{owner} lấy địa chỉ .{offset} của vùng {zone}, vốn thuộc {other}",
        "two machines would have the same address.", "hai máy sẽ trùng địa chỉ.",
    ),
    "E-ENG-003": Text(
        "{owner} and {other} share {what}", "{owner} và {other} dùng chung {what}",
        "zones are kept apart by their own addresses and VLAN.", "các vùng tách nhau bằng địa chỉ và VLAN riêng.",
    ),
    "E-ENG-004": Text(
        "machine name '{id}' is given by {owner} and by {other}", "tên máy '{id}' do {owner} và {other} cùng đặt",
        "a machine has one name everywhere: plan, inventory, DNS, test report.",
        "mỗi máy có một tên ở mọi nơi: kế hoạch, danh mục, DNS, báo cáo kiểm thử.",
    ),
    "E-ENG-005": Text(
        "address block '{value}' is not a private IPv4 /16", "khối địa chỉ '{value}' không phải /16 IPv4 riêng",
        "the address plan divides a /16 such as 10.17.0.0/16 (RFC 1918).",
        "quy hoạch địa chỉ chia một khối /16 như 10.17.0.0/16 (RFC 1918).",
    ),
    "E-ENG-006": Text(
        "no zone of kind '{kind}', which level {level} of service '{service}' requires",
        "không có vùng loại '{kind}' mà cấp độ {level} của dịch vụ '{service}' yêu cầu",
        "Circular 12/2022/TT-BTTTT, annexes I–V part II.1, lists the zones of each level.",
        "Thông tư 12/2022/TT-BTTTT, phụ lục I–V phần II.1, nêu các vùng của từng cấp độ.",
    ),
    "E-ENG-007": Text(
        "flow '{id}' leads from {source} to {destination}: {rule}",
        "luồng '{id}' đi từ {source} đến {destination}: {rule_vi}",
        "the zones of Circular 12/2022/TT-BTTTT protect nothing if such a flow is allowed.",
        "các vùng theo Thông tư 12/2022/TT-BTTTT vô tác dụng nếu cho phép luồng này.",
    ),
    "E-ENG-008": Text(
        "{owner} has no second duct-disjoint route to the core: '{cut}' carries every route",
        "{owner} không có tuyến thứ hai tách cống bể về trung tâm: mọi tuyến đều qua '{cut}'",
        "its class must survive the loss of any single duct on fixed lines.",
        "lớp của nó phải chịu được mất bất kỳ một tuyến cống bể nào trên kênh cố định.",
    ),
    "E-ENG-009": Text(
        "{owner} cannot be connected: no fixed carrier reaches both it and the core",
        "không thể kết nối {owner}: không nhà mạng cố định nào đến cả nó và trung tâm",
        "every site needs one fixed line; carriers serve the districts of carriers.yaml along the ducts that name them.",
        "mỗi điểm cần một kênh cố định; nhà mạng phục vụ các huyện trong carriers.yaml theo các tuyến có tên họ.",
    ),
    "E-ENG-010": Text(
        "{owner} must have a mobile backup, but no mobile carrier covers it",
        "{owner} phải có dự phòng di động, nhưng không có sóng",
        "the policy of its class asks for it.", "chính sách của lớp yêu cầu như vậy.",
    ),
    "E-ENG-011": Text(
        "{owner}: {what}", "{owner}: {what_vi}",
        "the two numbers contradict each other.", "hai con số mâu thuẫn nhau.",
    ),
    "E-ENG-012": Text(
        "{owner}: {what}", "{owner}: {what_vi}",
        "tcp and udp have ports, icmp has none.", "tcp và udp có cổng, icmp thì không.",
    ),
    "E-ENG-013": Text(
        "no module lets class '{site_class}' have {rate} Mbit/s access",
        "không gói kênh nào cho lớp '{site_class}' có tốc độ truy nhập {rate} Mbit/s",
        "modules.yaml must offer what policy.yaml promises.", "modules.yaml phải có gói mà policy.yaml cam kết.",
    ),
    "E-ENG-014": Text(
        "{owner} asks for {demand} Mbit/s in the busy hour, more than any access link carries ({most})",
        "{owner} cần {demand} Mbit/s trong giờ cao điểm, vượt mọi kênh truy nhập ({most})",
        "the load of a link stays below the largest occupancy of policy.yaml.",
        "tải của kênh phải dưới mức chiếm dụng lớn nhất trong policy.yaml.",
    ),
    "E-ENG-015": Text(
        "{owner} needs {need} {resource}, more than any host model offers ({most})",
        "{owner} cần {need} {resource}, vượt mọi mẫu máy chủ ({most})",
        "a virtual machine runs on one host.", "một máy ảo chạy trên một máy chủ.",
    ),
    "E-ENG-016": Text(
        "{owner} is {distance} km from the core", "{owner} cách trung tâm {distance} km",
        "no place of one province is more than 300 km from its core: latitude and longitude may be exchanged.",
        "không nơi nào trong tỉnh cách trung tâm quá 300 km: có thể đã đổi chỗ vĩ độ và kinh độ.",
    ),
    "E-ENG-017": Text(
        "{owner} is {length} km long, but its ends are {distance} km apart",
        "{owner} dài {length} km, nhưng hai đầu cách nhau {distance} km",
        "a route is never shorter than the straight line.", "tuyến không thể ngắn hơn đường thẳng.",
    ),
    "E-ENG-018": Text(
        "{owner} names carrier '{carrier}', which has no {network} network",
        "{owner} nêu nhà mạng '{carrier}' không có mạng {network_vi}",
        "carriers.yaml says which carriers run fixed and which run mobile networks.",
        "carriers.yaml nêu nhà mạng nào có mạng cố định, mạng di động.",
    ),
    "E-ENG-019": Text(
        "{owner}: endpoints of class '{site_class}' take part but have no rate",
        "{owner}: lớp '{site_class}' tham gia nhưng không có tốc độ",
        "each class that takes part, and the root's, needs a rate in endpoint_mbps.",
        "mỗi lớp tham gia, kể cả điểm gốc, cần tốc độ trong endpoint_mbps.",
    ),
    "E-ENG-020": Text(
        "{owner} counts videoconference pictures a second time", "{owner} tính hình ảnh hội nghị lần thứ hai",
        "pictures and sound of endpoints come from videoconference.yaml; traffic per endpoint is for signalling.",
        "hình và tiếng của điểm cầu lấy từ videoconference.yaml; lưu lượng theo điểm cầu chỉ dành cho báo hiệu.",
    ),
    "E-ENG-021": Text(
        "{owner}: address slot {slot} is outside {range}", "{owner}: vị trí địa chỉ {slot} nằm ngoài {range}",
        "the address plan has blocks 1–10 for districts, 32 sites in each, 64 departments, 16 zones.",
        "quy hoạch địa chỉ có khối 1–10 cho huyện, mỗi khối 32 điểm, 64 sở ngành, 16 vùng.",
    ),
    "E-ENG-022": Text(
        "link id '{id}' would name two candidate links", "mã kênh '{id}' chỉ hai kênh ứng viên",
        "ids of links are made from the ids of their ends and carrier; change one of these.",
        "mã kênh ghép từ mã hai đầu và nhà mạng; hãy đổi một trong các mã đó.",
    ),
    "E-ENG-023": Text(
        "no machine of role 'firewall' joins the zones", "không có máy vai trò 'firewall' nối các vùng",
        "zones meet only at a pair of firewalls.", "các vùng chỉ gặp nhau tại cặp tường lửa.",
    ),
    "E-ENG-024": Text(
        "{owner}: carrier '{carrier}' has no line from '{site}' to '{to}' that '{module}' could run on",
        "{owner}: nhà mạng '{carrier}' không có kênh từ '{site}' đến '{to}' dùng được gói '{module}'",
        "a leased line runs along the carrier's ducts, in a district that it serves, on a module for access lines.",
        "kênh đang thuê đi theo cống bể của nhà mạng, trong huyện họ phục vụ, bằng gói dành cho truy nhập.",
    ),
    "E-ENG-025": Text(
        "there are {count} zones of kind or function '{kind}', but there must be one",
        "có {count} vùng loại hoặc chức năng '{kind}', nhưng phải có đúng một",
        "every site is reached over one wan and has one LAN.", "mỗi điểm nối qua một mạng wan và có một mạng LAN.",
    ),
    "E-ENG-026": Text(
        "{owner} is rooted at {root}, a {found}, and reaches more than its own communes",
        "{owner} có gốc tại {root}, thuộc lớp {found}, mà nối ra ngoài các xã của mình",
        "a tree rooted at the core or a department reaches all sites of its classes; one rooted at a district reaches "
        "the communes of that district alone: members is [commune]. A commune is no root.",
        "cây có gốc tại trung tâm hoặc sở, ngành nối mọi điểm của các lớp thành viên; cây có gốc tại huyện chỉ nối các "
        "xã của huyện đó: members là [commune]. Xã không làm gốc.",
    ),
    "E-ENG-027": Text(
        "{count} exchanges are the HOST exchange, but there is one", "{count} tổng đài là tổng đài HOST, nhưng chỉ có một",
        "the other exchanges switch to the one HOST exchange of the province.",
        "các tổng đài khác chuyển mạch về tổng đài HOST duy nhất của tỉnh.",
    ),
    "E-ENG-030": Text(
        "{spare} of {replicas} machines of '{id}' may be down, so none would be needed",
        "'{id}' cho phép {spare} trong {replicas} máy ngừng, tức là không cần máy nào",
        "a service needs at least one of its machines: `spare` is less than `replicas`.",
        "dịch vụ cần ít nhất một máy: `spare` phải nhỏ hơn `replicas`.",
    ),
    "E-ENG-031": Text(
        "'{id}' cannot stand in one {within} with '{other}': {cause}",
        "'{id}' không thể đứng cùng '{other}' (within: {within}): {cause_vi}",
        "machines that must stand together need a place that their zones, levels and spread allow them both.",
        "các máy phải đứng cùng nhau cần một nơi mà vùng, cấp độ và spread của cả hai đều cho phép.",
    ),
    "E-ENG-032": Text(
        "'{id}' has no site to stand at: {cause}", "'{id}' không có điểm để đứng: {cause_vi}",
        "a choice of sites must keep companions together and copies as far apart as they ask, and each choice is planned.",
        "cách chọn điểm phải giữ máy đi cùng ở cạnh nhau, bản sao đủ xa như yêu cầu, và mỗi cách đều được lập kế hoạch.",
    ),
    "E-ENG-028": Text(
        "{owner}: {what}", "{owner}: {what_vi}",
        "bridges that stand apart are joined by one stream of cascade_mbps, at least what any endpoint of the tree sends; "
        "the bridge section says where they may stand and what they cost.",
        "các cầu đặt xa nhau nối bằng một luồng cascade_mbps, ít nhất bằng điểm cầu nhanh nhất của cây; mục bridge nêu "
        "nơi đặt và giá.",
    ),
    "E-ENG-029": Text(
        "{owner}: {what}", "{owner}: {what_vi}",
        "servers move in maintenance windows, over the line of their agency, a few at a time.",
        "máy chủ chuyển trong khung giờ bảo trì, qua kênh của cơ quan, mỗi lần vài máy.",
    ),
    "W-ENG-001": Text(
        "module '{id}' carries no more than '{other}' and is not cheaper",
        "gói '{id}' không chở nhiều hơn '{other}' mà không rẻ hơn",
        "nobody would ever buy it: one of the prices is probably wrong.",
        "sẽ không ai mua: có lẽ một giá bị sai.",
    ),
    "W-ENG-002": Text(
        "{owner} is {length} km long, {factor} times the straight line",
        "{owner} dài {length} km, gấp {factor} lần đường thẳng",
        "the detour factor of policy.yaml is {usual}; a road more than two and a half times that is rare.",
        "hệ số đường vòng trong policy.yaml là {usual}; đường dài quá hai lần rưỡi mức đó là hiếm.",
    ),
    "W-ENG-003": Text(
        "one duct carries every fixed route of {count} sites: '{cut}'",
        "một tuyến cống bể chở mọi kênh cố định của {count} điểm: '{cut}'",
        "their classes allow it, but when it is cut they are left with the mobile backup.",
        "lớp của chúng cho phép, nhưng khi đứt chỉ còn dự phòng di động.",
    ),
    "W-ENG-004": Text(
        "{owner} stands in flood zone '{zone}' and runs systems of level {level}",
        "{owner} nằm trong vùng ngập '{zone}' và chạy hệ thống cấp độ {level}",
        "TCVN 9250, table A.2: from level 2 on a data centre stands outside flood areas.",
        "TCVN 9250, bảng A.2: từ mức 2 trung tâm dữ liệu không đặt trong vùng ngập.",
    ),
    "W-ENG-005": Text(
        "feeds '{other}' and '{feed}' of {owner} have one source: {source}",
        "hai nguồn '{other}' và '{feed}' của {owner} chung một gốc: {source}",
        "policy.yaml asks to survive the loss of a feed; the loss of this source takes both.",
        "policy.yaml yêu cầu chịu được mất một nguồn; mất gốc này là mất cả hai.",
    ),
    "W-ENG-006": Text(
        "population changes by {share} a year from {first} to {last}",
        "dân số thay đổi {share} mỗi năm từ {first} đến {last}",
        "no province grows or shrinks by more than 10 % a year: a digit may be wrong, or the borders changed.",
        "không tỉnh nào tăng hay giảm quá 10 % mỗi năm: có thể sai một chữ số, hoặc địa giới đã đổi.",
    ),
    "W-FACT-001": Text(
        "{owner}: '{text}' states {stated}, the records give {found}",
        "{owner}: '{text_vi}' nêu {stated}, hồ sơ cho {found}",
        "row {row} of docs/records.md and the records disagree ({comparison} {expression}); sized from it: {resting}.",
        "hàng {row} của docs/records.md và hồ sơ không khớp ({comparison} {expression}); định cỡ theo nó: {resting}.",
    ),
    "W-FACT-002": Text(
        "{owner}: {text}", "{owner}: {text_vi}",
        "the sources contradict each other; the contradiction is shown, not hidden.",
        "các nguồn mâu thuẫn nhau; mâu thuẫn được nêu ra, không bị che giấu.",
    ),
}  # fmt: skip
