"""What cases say: titles as hotline and grid officers write them. Places are invented, persons do not occur."""

import random

ROADS = {
    "440103": ("龙津西路", "中山七路", "芳村大道", "花地大道", "康王中路", "荔湾路"),
    "440104": ("中山五路", "东风中路", "解放北路", "北京路", "环市东路", "越秀南路"),
    "440105": ("江南大道", "新港中路", "昌岗中路", "工业大道", "革新路", "琶洲大道"),
    "440106": ("花城大道", "天河路", "黄埔大道", "中山大道", "体育东路", "龙口西路"),
    "440111": ("白云大道", "机场路", "广花路", "同泰路", "石井大道", "黄石东路"),
    "440112": ("大沙地东路", "开发大道", "科学大道", "开创大道", "港湾路", "丰乐北路"),
    "440113": ("大北路", "迎宾路", "汉溪大道", "桥兴大道", "平康路", "兴南大道"),
    "440114": ("迎宾大道", "新华路", "凤凰北路", "公益大道", "天贵路", "云山大道"),
    "440115": ("进港大道", "港前大道", "环市大道", "凤凰大道", "市南公路", "双山大道"),
    "440117": ("河滨北路", "新城东路", "城郊大道", "府前路", "从城大道", "环市路"),
    "440118": ("荔城大道", "府佑路", "新塘大道", "增江大道", "广汕路", "夏街大道"),
}
"""Names of roads by district."""

SPOTS = ("路段", "路口", "公交站旁", "地铁口附近", "小区门口", "天桥下", "农贸市场旁", "学校周边", "辅道")

TITLES = {
    "illegal_building": ("{at}有人在楼顶私搭铁皮棚，请核查", "{at}一楼商铺外扩搭建，占用公共通道"),
    "exposed_garbage": ("{at}垃圾堆放约{n}袋无人清运，请尽快清理", "{at}垃圾桶满溢，异味明显"),
    "construction_waste": ("{at}路边倾倒建筑垃圾约{n}立方米", "{at}渣土车沿路撒漏，路面有泥土"),
    "road_cleaning": ("{at}路面有油污，行人易滑倒", "{at}落叶积存未清扫，请安排保洁"),
    "green_care": ("{at}绿化带黄土裸露约{n}平方米", "{at}树枝遮挡交通标志，请修剪"),
    "small_ads": ("{at}灯杆张贴小广告约{n}处，请清理", "{at}公交站亭喷涂小广告"),
    "billboard": ("{at}户外广告牌松动，存在坠落风险", "{at}未经审批设置户外广告"),
    "site_nuisance": ("{at}工地夜间施工，影响居民休息", "{at}工地围挡占用人行道，通行不便"),
    "site_dust": ("{at}工地裸土未覆盖，扬尘较大", "{at}工地出入口未冲洗车辆，带泥上路"),
    "road_collapse": ("{at}路面塌陷约{n}平方分米，请设置围挡并抢修", "{at}人行道地砖下沉，存在安全隐患"),
    "road_ponding": ("{at}积水约{cm}厘米，请核实处置", "{at}雨后积水未退，深约{cm}厘米，车辆通行缓慢"),
    "pipe_burst": ("{at}供水管道破裂，路面冒水", "{at}污水井外溢，污水流入辅道"),
    "gas_leak": ("{at}有燃气异味，请派人检测", "{at}燃气井室可燃气体浓度偏高，请现场核查"),
    "fallen_tree": ("{at}树木倒伏占用{lanes}条车道", "{at}大树倾斜，压到非机动车道护栏"),
    "street_vending": ("{at}流动摊贩占道经营约{n}档", "{at}商铺超门线经营，堵塞人行道"),
    "illegal_parking": ("{at}机动车占用消防通道停放", "{at}共享单车乱停放约{n}辆，堵塞盲道"),
    "cover_missing": ("{at}井盖缺失，请立即设置警示并补装", "{at}井盖破损松动，车辆经过有异响"),
    "lamp_fault": ("{at}连续{lanes}盏路灯不亮", "{at}路灯白天常亮，请检修"),
    "signal_fault": ("{at}交通信号灯不亮，请派员疏导", "{at}行人信号灯长时间红灯不转换"),
    "device_fault": ("{at}感知设备离线，请维护单位检修", "{at}感知设备电压偏低，请更换电池"),
    "noise_complaint": ("{at}广场舞音响声音过大，噪声扰民", "{at}餐饮店排风机噪声扰民"),
    "water_outage": ("{at}居民楼停水约{lanes}小时，咨询恢复时间", "{at}水压不足，高层用户无水"),
    "power_outage": ("{at}片区停电，请核实原因及恢复时间", "{at}居民楼频繁跳闸停电"),
    "consultation": ("咨询{at}附近社区办理居住证所需材料", "咨询{at}附近充电桩建设安排"),
    "consumer_dispute": ("{at}健身房停业，预付款退款纠纷", "{at}商家拒绝七天无理由退货"),
}
"""Two titles for each class; `at` is street, road and spot."""

_OPENINGS = {
    "hotline-12345": "市民来电反映",
    "grid-officer": "网格员巡查发现",
    "sensor-alarm": "感知设备自动告警",
}


def title(event_class: str, street: str, road: str, spot: str, rng: random.Random) -> str:
    """Return the one line by which officers know the case."""
    template = rng.choice(TITLES[event_class])
    at = f"{street}{road}{spot}"
    return template.format(at=at, n=rng.randint(2, 12), cm=rng.randrange(5, 31, 5), lanes=rng.randint(1, 3))


def description(source: str, text: str) -> str:
    """Return the sentence that goes with a title."""
    return f"{_OPENINGS[source]}：{text}。"


def alarm_title(event_class: str, device_name: str) -> str:
    """Return the line that a sensor's alarm writes about its device."""
    what = {
        "gas_leak": "可燃气体浓度超限，请立即现场核查",
        "cover_missing": "倾角异常，疑似移位，请核实处置",
        "lamp_fault": "亮灯率异常，请检修",
        "device_fault": "电池电压偏低，请更换电池",
    }
    return f"{device_name}：{what[event_class]}"
