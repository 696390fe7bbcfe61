"""Settings: each section's strictness, secrets, what must fit together, and the tables made of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.routing.doors import AgentDoor, Ask, TrunkDoor
from bridge.routing.plan import Origin, plan
from bridge.settings import Agent, Settings, tables_deadlines
from bridge.settings.checks import declared, problems, warnings
from bridge.settings.problems import findings
from bridge.settings.tables import doors, feature_codes, keys, registrar, routes, walled
from bridge.sip.message import Address

TOKENS = {"tokens": [{"name": "t", "sha256": "0" * 64, "may": ["read"]}]}


def world(**changes: Any) -> dict[str, Any]:
    """A whole configuration; `changes` replace its top-level sections."""
    return {
        "api": TOKENS,
        "platforms": {"12345": {"name": "热线"}, "110": {"name": "报警"}},
        "trunks": {
            "carrier": {"hosts": ["203.0.113.0/24"], "target": "203.0.113.10"},
            "police": {"hosts": ["10.2.0.10"], "target": "10.2.0.10:5070"},
            "gate": {"login": {"username": "gate", "secret_env": "GATE"}},
        },
        "agents": {
            "8001": {"name": "一号", "platform": "12345", "secret_env": "A"},
            "8002": {"name": "二号", "platform": "12345", "trunk": "carrier"},
        },
        "routes": [
            {
                "name": "in",
                "number": "12345",
                "from": ["carrier"],
                "platform": "12345",
                "to": [{"agent": "8001"}],
            },
            {
                "name": "out",
                "number": "110",
                "from": ["agents", "gate"],
                "platform": "110",
                "to": [{"trunk": "police", "ring_seconds": 9}, {"agent": "8002"}],
                "feature_code": "*110#",
            },
        ],
        **changes,
    }


QUEUES = {"queues": {"hotline": {"agents": ["8001"]}}}


def tickets(**door: Any) -> dict[str, Any]:
    """A world where 110's ticket door is this one."""
    whole = {key: value for key, value in ({"secret_env": "T"} | door).items() if value is not None}
    return {"platforms": {"12345": {"name": "热线"}, "110": {"name": "报警", "tickets": whole}}}


def said(data: dict[str, Any]) -> str:
    """Everything there is to say about `data`, one line each."""
    try:
        settings = Settings.model_validate(data)
    except ValidationError as wrong:
        return "\n".join(item.text for item in findings(wrong, {}))
    return "\n".join(item.text for item in problems(settings, declared(settings)))


def route(**changes: Any) -> dict[str, Any]:
    return {**world()["routes"][1], **changes}


PASSED = {
    "from": ["carrier"], "to": [{"trunk": "police"}], "feature_code": None, "relay": "rtpengine",
}  # fmt: skip
"""A route whose calls are only passed on."""


def test_nothing_written_is_a_whole_configuration() -> None:
    settings = Settings()
    assert str(settings.sip.listen) == "0.0.0.0:5060"
    assert settings.media.ports == (20000, 29999)
    assert settings.api.listen.loopback
    assert problems(settings, declared(settings)) == []


def test_a_good_world_has_nothing_to_say() -> None:
    assert said(world()) == ""
    settings = Settings.model_validate(world())
    assert warnings(settings) == []
    assert settings.trunks["carrier"].target == ("203.0.113.10", 5060)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rotues": []}, '未知的键 "rotues"，是不是想写 "routes"？'),
        ({"trunks": {"a": {"hots": []}}}, '未知的键 "hots"，是不是想写 "hosts"？'),
        ({"routes": [route(to=[{"agnet": "8001"}])]}, '未知的键 "agnet"，是不是想写 "agent"？'),
        ({"api": {"tokens": [{"nmae": "x"}]}}, '未知的键 "nmae"，是不是想写 "name"？'),
        ({"log": {"zzz": 1}}, '未知的键 "zzz"，这里可以写：format、ladder_calls、level'),
        ({"platforms": {"1": {}}}, '缺少必填的键 "name"'),
        ({"sip": {"listen": 5060}}, "“5060”不是 IP 地址"),
        ({"sip": {"listen": "0.0.0.0"}}, "缺端口，应像 0.0.0.0:8080"),
        ({"sip": {"listen": "0.0.0.0:99999"}}, "端口 99999 不对"),
        ({"sip": {"digest_algorithms": ["SHA1"]}}, "只能是 SHA-256、MD5"),
        ({"sip": {"digest_algorithms": []}}, '"digest_algorithms" 不能为空'),
        (
            {"sip": {"register_min_seconds": 3600, "register_max_seconds": 60}},
            "不能大于 register_max_seconds",
        ),
        ({"sip": {"advertise": "0.0.0.0"}}, "advertise 要写对方能到达的地址"),
        ({"sip": {"listen": "0.0.0.0:20002"}}, "落在 media.ports 20000-29999 里"),
        ({"media": {"ports": "20001-30000"}}, "写成 20000-30000"),
        ({"media": {"ports": "30000-20000"}}, "从小到大"),
        ({"media": {"ports": "20000-20009", "spare": 6}}, "5 对"),
        ({"media": {"spare": True}}, "应是不带引号的整数"),
        ({"api": {"listen": "0.0.0.0:80", "trust_loopback": True}}, "改成 127.0.0.1:80"),
        ({"api": {"trust_loopback": "yes"}}, "应是不带引号的 true 或 false"),
        ({"api": {"tokens": [TOKENS["tokens"][0], TOKENS["tokens"][0]]}}, '名称 "t" 重复了'),
        ({"asr": {"url": "http://x"}}, '"url" 写法不对'),
        ({"asr": {"url": "ws://user:secret@x"}}, '"url" 写法不对'),
        ({"asr": {"urls": ["ws://x", "x:2700"]}}, "写法不对"),
        ({"asr": {"url": "ws://x", "urls": ["ws://y"]}}, "url 和 urls 只写一个"),
        ({"asr": {"urls": ["ws://x", "ws://x"]}}, "重复的地址"),
        ({"asr": {"urls": ["ws://x"], "ca": "ca.pem"}}, "ca 只用于 wss://"),
        ({"asr": {"sample_rate": 44100}}, "只能是 8000、16000"),
        ({"database": {"url": "mysql://x"}}, '"url" 写法不对'),
        (tickets(), '缺少必填的键 "url"：by: api 要写它'),
        (tickets(by="database"), '缺少必填的键 "database"'),
        (tickets(by="post"), "只能是 api、database、files"),
        (tickets(url="http://x", database={"secret_env": "M"}), "写了 database，by 就要是 database"),
        (tickets(by="database", url="http://x", database={"secret_env": "M"}), "写了 url，by 就要是 api"),
        (tickets(by="database", database={}), "缺密码的出处"),
        (tickets(by="database", database={"secret_env": "M", "schema": "A-b"}), '"schema" 写法不对'),
        (tickets(by="database", database={"secret_env": "M", "scheme": "a"}), '是不是想写 "schema"？'),
        (tickets(by="database", database={"secret_env": "M", "poll_seconds": 0}), "太小，至少 0.1"),
        (tickets(by="database", database={"secret_env": "M"}, allowed=["10.0.0.0/8"]), "只用于 by: api"),
        (tickets(by="files", files={"outgoing": "out"}), "outgoing 和 incoming 要一起写"),
        (tickets(by="files", files={"outgoing": "a", "incoming": "a"}), "两个不同的文件夹"),
        (tickets(by="files", secret_env=None), "签名密钥的出处写一处"),
        (
            {"trunks": {"carrier": {"hosts": ["10.0.0.1/8"], "target": "1.1.1.1"}}},
            "应写 10.0.0.0/8；只有一台就写 10.0.0.1",
        ),
        ({"trunks": {"carrier": {"hosts": ["0.0.0.0/0"]}}}, "太宽"),
        ({"trunks": {"carrier": {"hosts": [1]}}}, "“1”不是网段"),
        ({"trunks": {"carrier": {"target": "sbc.example.com"}}}, "不解析主机名"),
        ({"trunks": {"carrier": {}}}, "中继至少要有一项"),
        ({"trunks": {"x": {"login": {"username": "u"}}}}, "缺密码的出处"),
        ({"agents": {"8001": {"name": "x", "platform": "12345"}}}, "话务员二选一"),
        ({"routes": [route(number=110)]}, '要加引号：写成 "110"'),
        ({"routes": [route(number="1xx")]}, "1XX"),
        ({"routes": [route(mode="blind")]}, "只能是 direct、conference、consult"),
        ({"transfer": {"swap_code": "*1"}, "routes": [route(feature_code="*110")]}, '"*1" 与 "*110" 冲突'),
        ({"transfer": {"swap_code": "*#1"}}, '"*#1" 与 "*#1" 冲突'),
        ({"routes": [route(ring_seconds=181)]}, "太大，最多 180"),
        ({"routes": [route(ring_seconds=3, to=[{"agent": "8001"}])]}, "answer_within_seconds（4）不能大于"),
        (QUEUES | {"routes": [route(total_seconds=60, to=[{"queue": "hotline"}])]}, "total_seconds 不管排队"),
        ({"routes": [route(total_seconds=5, answer_within_seconds=8)]}, "total_seconds（5）不能小于"),
        ({"routes": [route(hours={"days": ["monday"]})]}, "“monday”不是日子"),
        ({"routes": [route(hours={"times": ["8-17"]})]}, "“8-17”不是时段"),
        ({"routes": [route(hours={"times": []})]}, '"times" 不能为空'),
        ({"calendar": {"time_zone": "Asia/Liaocheng"}}, "应像 Asia/Shanghai"),
        ({"calendar": {"holidays": ["10-01"]}}, "“10-01”不是日期"),
        ({"calendar": {"holidays": ["2026-10-01"], "workdays": ["2026-10-01"]}}, "既在 holidays 又在"),
        ({"platforms": {**world()["platforms"], "x": {"name": "x", "via": "111"}}}, '没有叫 "111" 的平台'),
        ({"platforms": {**world()["platforms"], "x": {"name": "x", "via": "x"}}}, "不能是自己"),
        (
            {"trunks": {**world()["trunks"], "b": {"target": "10.9.9.9", "platform": "x"}}},
            '没有叫 "x" 的平台',
        ),
        ({"trunks": {"a": {"targets": [{"address": "sip example"}]}}}, "“sip example”不是地址"),
        ({"trunks": {"a": {"targets": [{"address": "10.0.0.256"}]}}}, "“10.0.0.256”不是地址"),
        ({"trunks": {"a": {"targets": [{"address": "sip.example.cn:0"}]}}}, "端口 0 不对"),
        ({"trunks": {"a": {"targets": [{"addres": "10.0.0.1"}]}}}, '是不是想写 "address"？'),
        ({"trunks": {"a": {"target": "10.0.0.1", "targets": [{"address": "10.0.0.2"}]}}}, "只写一个"),
        ({"trunks": {"a": {"target": "10.0.0.1", "reserved": 2}}}, "要写 channels"),
        ({"trunks": {"a": {"target": "10.0.0.1", "channels": 2, "reserved": 3}}}, "不能比它大"),
        ({"trunks": {"a": {"target": "10.0.0.1", "probe_seconds": 0}}}, "太小，至少 1"),
        ({"routes": [route(to=[])]}, '"to" 不能为空'),
        ({"routes": [route(to=[{"agent": "8001", "trunk": "police"}])]}, "三选一"),
        ({"routes": [route(to=[{"agent": "8001", "number": "1"}])]}, "只有 trunk 目标写 number"),
        (
            {"routes": [route(to=[{"queue": "hotlin"}])], **QUEUES},
            '没有叫 "hotlin" 的队列，是不是想写 "hotline"',
        ),
        ({"queues": {"hotline": {"agents": []}}}, '"agents" 不能为空'),
        ({"queues": {"hotline": {"agents": ["8001", "8001"]}}}, "重复的分机"),
        ({"queues": {"hotline": {"agents": ["8009"]}}}, '没有叫 "8009" 的话务员'),
        ({"queues": {"热线": {"agents": ["8001"]}}}, '队列名 "热线" 不行'),
        (
            {"queues": {"a": {"agents": ["8001"], "overflow": [{"trunk": "polcie"}]}}},
            '没有叫 "polcie" 的中继',
        ),
        ({"queues": {"a": {"agents": ["8001"], "overflow": [{"queue": "a"}]}}}, "不能再写 queue"),
        (
            {"queues": {"a": {"agents": ["8001"], "overflow": [{"agent": "8001", "ring_seconds": 2}]}}},
            "answer_within_seconds（4）不能大于 ring_seconds（2）",
        ),
        ({"queues": {"a": {"agents": ["8001"], "announcements": ["请稍候"]}}}, "写法不对"),
        ({**QUEUES, "agent_codes": {"ready": "*9", "paused": "*90#"}}, '功能码 "*90#" 与 "*9" 冲突'),
        ({**QUEUES, "agent_codes": {"ready": "*110#"}}, '功能码 "*110#" 与 "*110#" 冲突'),
        ({"routes": [route(silent_danger="yes")]}, "只能是 never、auto、always"),
        ({"routes": [route(to=[{"agent": "8009"}])]}, '没有叫 "8009" 的话务员，是不是想写 "8002"？'),
        ({"routes": [route(to=[{"trunk": "polcie"}])]}, '没有叫 "polcie" 的中继，是不是想写 "police"？'),
        ({"routes": [route(to=[{"trunk": "gate"}])]}, "要往中继 gate 呼出，但它没有 target"),
        ({"routes": [route(**{"from": ["agent"]})]}, '没有叫 "agent" 的来源，是不是想写 "agents"？'),
        ({"routes": [route(platform="111")]}, '没有叫 "111" 的平台，是不是想写 "110"？'),
        ({"routes": [route(), route(number="111", feature_code="*111#")]}, '名称 "out" 重复了'),
        ({"routes": [route(), route(name="b", feature_code=None)]}, '路由"b"永远轮不到'),
        ({"routes": [route(), route(name="b", number="111")]}, '功能码 "*110#" 与 "*110#" 冲突'),
        ({"routes": [route(number="11X")]}, "含通配符"),
        ({"routes": [route(feature_code="110#")]}, "应以 * 或 # 开头"),
        ({"trunks": {**world()["trunks"], "Carrier2": {"hosts": ["10.9.9.9"]}}}, '中继名 "Carrier2" 不行'),
        ({"trunks": {**world()["trunks"], "agents": {"hosts": ["10.9.9.9"]}}}, "不能叫 agents"),
        ({"trunks": {**world()["trunks"], "b": {"hosts": ["203.0.113.0/24"]}}}, "已属于中继 carrier"),
        (
            {"trunks": {**world()["trunks"], "b": {"login": {"username": "gate", "secret_env": "B"}}}},
            '用户名 "gate" 已用于中继 gate',
        ),
        (
            {"trunks": {**world()["trunks"], "b": {"login": {"username": "8001", "secret_env": "B"}}}},
            "与话务员分机号相同",
        ),
        ({"media": {"rtpengine": {"address": "127.0.0.1"}}}, "缺端口"),
        *(
            ({"media": {"rtpengine": {"address": "127.0.0.1:2223"}}, "routes": [route(**rule)]}, why)
            for rule, why in (
                (PASSED | {"to": [{"agent": "8001"}]}, "话务员在通话里要按键"),
                (PASSED | {"from": ["carrier", "agents"]}, "话务员在通话里要按键"),
                (PASSED | {"to": [{"trunk": "police"}, {"trunk": "carrier"}]}, "只能有一个目标"),
                (PASSED | {"key": True}, "按键转接用的"),
                (PASSED | {"recording": "always"}, "录音（recording: always）"),
                (PASSED | {"silent_danger": "auto"}, "静默求助"),
            )
        ),
        ({"routes": [route(**PASSED)]}, "要先写 media.rtpengine"),
    ],
)
def test_each_mistake_says_what_to_write(changes: dict[str, Any], expected: str) -> None:
    assert expected in said(world(**changes))


COUNTY = {
    "platforms": {**world()["platforms"], "county": {"name": "县 110", "via": "110"}},
    "trunks": {
        "carrier": {"hosts": ["203.0.113.0/24"], "target": "203.0.113.10"},
        "police": {"platform": "110", "hosts": ["10.2.0.10"], "target": "10.2.0.10"},
        "county": {"platform": "county", "hosts": ["10.3.0.10"], "target": "10.3.0.10"},
        "hotline": {"platform": "12345", "hosts": ["10.4.0.10"], "target": "10.4.0.10"},
        "unsaid": {"hosts": ["10.5.0.10"], "target": "10.5.0.10"},
    },
}


@pytest.mark.parametrize(
    ("source", "platform", "trunk", "expected"),
    [
        ("county", "110", "police", ""),
        ("police", "county", "county", ""),
        ("county", "county", "county", ""),
        ("agents", "110", "police", ""),
        ("hotline", "110", "police", ""),
        ("agents", "county", "county", '到平台 "county" 只能经 "110"，而来源 agents 不是 "110" 的'),
        ("hotline", "110", "county", '到平台 "county" 只能经 "110"，而来源 hotline 不是'),
        ("hotline", "county", "police", '到平台 "county" 只能经 "110"'),
        ("carrier", "county", "county", '到平台 "county" 只能经 "110"'),
        ("county", "12345", "hotline", '来源 county 属于 "county"，只能先转到 "110"，而这里属于 "12345"'),
        ("county", "110", "unsaid", "没写是谁的（若是 110 的，在中继上写 platform）"),
    ],
)
def test_a_county_is_reached_through_the_city_only(
    source: str, platform: str, trunk: str, expected: str
) -> None:
    one = route(**{"from": [source], "platform": platform, "to": [{"trunk": trunk}], "feature_code": None})
    told = said(world(**COUNTY, routes=[one], agents={"8001": world()["agents"]["8001"]}))
    assert expected in told
    assert (told == "") is (expected == "")


def test_the_countys_trunk_is_walled() -> None:
    agents = {"8001": world()["agents"]["8001"]}
    routes_ = [route(**{"from": ["agents"]}, to=[{"trunk": "police"}])]
    settings = Settings.model_validate(world(**COUNTY, routes=routes_, agents=agents))
    assert walled(settings) == {"county"}


def test_routes_by_the_hour_share_a_number_and_a_key() -> None:
    day = route(name="day", hours={"days": ["workday"], "times": ["08:30-17:30"]})
    assert said(world(routes=[day, route()])) == ""
    assert '"out"永远轮不到' in said(world(routes=[route(name="all"), route()]))
    assert '"out"永远轮不到' in said(world(routes=[day, route(hours=day["hours"])]))
    settings = Settings.model_validate(world(routes=[day, route()]))
    assert [key["name"] for key in keys(settings)] == ["day"]
    assert feature_codes(settings) == {"*110#": "110"}


def test_a_trunks_addresses_are_numbers_or_names() -> None:
    targets = [
        {"address": "10.2.0.11", "priority": 1},
        {"address": "SIP.Example.cn"},
        {"address": "a.cn:5070"},
    ]
    trunks = {**world()["trunks"], "police": {"hosts": ["10.2.0.0/16"], "targets": targets}}
    settings = Settings.model_validate(world(trunks=trunks))
    assert warnings(settings) == []
    places = settings.trunks["police"].places
    assert [(str(each.address), each.address.named) for each in places] == [
        ("10.2.0.11:5060", False),
        ("sip.example.cn", True),
        ("a.cn:5070", True),
    ]
    assert said(world(trunks=trunks)) == ""


def test_a_trunk_nobody_could_recognise_is_no_source() -> None:
    trunks = {**world()["trunks"], "mute": {"target": "10.9.9.9"}}
    assert "中继 mute 打来的电话认不出来" in said(world(trunks=trunks, routes=[route(**{"from": ["mute"]})]))


def test_a_wider_route_shadows_only_where_all_sources_are_covered() -> None:
    wide = {"name": "wide", "number": "1X.", "feature_code": None, "from": ["agents"]}
    partly = [route(**wide), route()]
    wholly = [route(**{**wide, "from": ["agents", "gate"]}), route()]
    assert said(world(routes=partly)) == ""
    assert "永远轮不到" in said(world(routes=wholly))


def test_warnings() -> None:
    trunks = world()["trunks"] | {
        "inner": {"hosts": ["203.0.113.128/25"], "target": "203.0.113.1"},
    }
    settings = Settings.model_validate(world(api={}, trunks=trunks))
    told = "\n".join(item.text for item in warnings(settings))
    assert "重叠部分算作网段更小的 inner" in told
    assert "target 203.0.113.1:5060 不在 hosts 里" in told
    assert "没有配置 tokens" in told


def test_settings_cannot_be_changed_and_secrets_do_not_show() -> None:
    agent = Agent(name="x", platform="1", secret_env="A").with_secret("correct horse")
    assert agent.secret == "correct horse"
    assert "correct horse" not in repr(agent) + str(agent.model_dump())
    with pytest.raises(LookupError):
        _ = Agent(name="x", platform="1", secret_env="A").secret
    with pytest.raises(ValidationError):
        agent.name = "y"  # type: ignore[misc]


def test_a_route_that_only_passes_calls_on_may_go_by_rtpengine() -> None:
    media = {"rtpengine": {"address": "127.0.0.1:2223"}}
    data = world(media=media, routes=[world()["routes"][0], route(**PASSED)])
    assert said(data) == ""
    settings = Settings.model_validate(data)
    assert settings.media.rtpengine is not None
    assert settings.media.rtpengine.address == ("127.0.0.1", 2223)
    assert [each.relay for each in routes(settings)] == ["own", "rtpengine"]


def test_tables() -> None:
    settings = Settings.model_validate(world())
    found = plan(routes(settings), "110", Origin("agent", "8001"), datetime(2026, 1, 1, tzinfo=UTC))
    assert [(item.kind, item.number, item.trunk, item.ring_seconds) for item in found.targets] == [
        ("trunk", "110", "police", 9),
        ("agent", "8002", "carrier", 30),
    ]
    assert feature_codes(settings) == {"*110#": "110"}
    assert registrar(settings).max_expires == 3600
    door = doors(settings)
    assert door.who(Address("203.0.113.5", 5060), {}) == TrunkDoor("carrier")
    asked = door.who(Address("127.0.0.1", 5060), {})
    assert asked == Ask(("gate",), agents=True)
    assert door.proved(asked, "8001") == AgentDoor("8001")


def test_srtp_that_must_be_needs_tls_or_the_administrators_word() -> None:
    data = world()
    data["trunks"]["police"]["srtp"] = "required"
    data["agents"]["8001"]["srtp"] = "required"
    settings = Settings.model_validate(data)
    told = [problem.path for problem in problems(settings, declared(settings))]
    assert told == [("trunks", "police", "srtp"), ("agents", "8001", "srtp")]
    data["media"] = {"srtp_over_plain_sip": True}
    settings = Settings.model_validate(data)
    assert problems(settings, declared(settings)) == []
    assert [warning.path for warning in warnings(settings)] == [("media", "srtp_over_plain_sip")]


# --- deadlines


def deadlines(**changes: Any) -> dict[str, Any]:
    rules = [{"name": "一般", "accept": "2 工作小时", "close": None}]
    return world(deadlines={"rules": rules, **changes})


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"rules": [{"name": "a"}]}, "deadlines.rules.0", "至少写 accept"),
        ({"rules": [{"name": "a", "accept": "马上"}]}, "deadlines.rules.0.accept", "工作小时"),
        (
            {"rules": [{"name": "a", "accept": "1 天", "categories": ["A2"]}]},
            "deadlines.rules.0.categories.0",
            "a2-*",
        ),
        (
            {"rules": [{"name": "a", "accept": "1 天", "urgency": "fast"}]},
            "urgency",
            "normal、urgent、danger",
        ),
        ({"remind": "0%"}, "deadlines.remind", "20%"),
        ({"remind": "soon"}, "deadlines.remind", "20%"),
        ({"escalate": [{"after": "5", "to": "班长"}]}, "deadlines.escalate.0.after", "不是时限"),
        ({"hooks": [{"to": "webhook", "on": ["overdue"]}]}, "deadlines.hooks.0", "name"),
        ({"hooks": [{"to": "partner", "on": ["overdue"], "name": "a"}]}, "deadlines.hooks.0", "不写"),
        ({"hooks": [{"to": "partner", "on": []}]}, "deadlines.hooks.0.on", "不能为空"),
        ({"hooks": [{"to": "shell", "on": ["overdue"]}]}, "deadlines.hooks.0.to", "partner、webhook"),
    ],
)
def test_deadlines_say_what_to_write(changes: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Settings.model_validate(deadlines(**changes))
    told = [(".".join(map(str, item.path)), item.text) for item in findings(wrong.value, {})]
    assert any(where in path and what in text for path, text in told), told


RULE = {"name": "一", "accept": "1 小时"}


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"rules": [RULE, RULE | {"urgency": "urgent"}]}, "deadlines.rules.1.name", "重复"),
        ({"rules": [RULE, RULE | {"name": "二"}]}, "deadlines.rules.1", "与“一”管的是同样的工单"),
        (
            {"rules": [RULE | {"categories": ["a", "b"]}, RULE | {"name": "二", "categories": ["b", "c"]}]},
            "deadlines.rules.1",
            "同样",
        ),
        ({"rules": [RULE | {"partner": "11O"}]}, "deadlines.rules.0.partner", '是不是想写 "110"'),
        ({"working_hours": {"times": ["09:00-12:00", "11:00-17:00"]}}, "working_hours.times", "重叠"),
        ({"working_hours": {"times": ["09:00-12:00", "22:00-10:00"]}}, "working_hours.times", "重叠"),
        (
            {"rules": [RULE | {"working_hours": {"times": ["00:00-24:00", "01:00-02:00"]}}]},
            "deadlines.rules.0.working_hours.times",
            "重叠",
        ),
        (
            {"hooks": [{"to": "webhook", "name": "a", "on": ["overdue"],
                        "door": {"url": "http://10.0.0.1/", "secret_env": "A"}}] * 2},
            "deadlines.hooks.1.name",
            "重复",
        ),
    ],
)  # fmt: skip
def test_deadlines_that_do_not_fit(changes: dict[str, Any], where: str, what: str) -> None:
    settings = Settings.model_validate(deadlines(**changes))
    told = [(".".join(map(str, item.path)), item.text) for item in problems(settings, declared(settings))]
    assert any(where in path and what in text for path, text in told), told


def test_deadlines_that_fit_are_no_problem() -> None:
    near = [
        RULE,
        RULE | {"name": "二", "urgency": "urgent"},
        RULE | {"name": "三", "partner": "110"},
        RULE | {"name": "四", "categories": ["a2-*"]},
        RULE | {"name": "五", "categories": ["a2-crime"]},
    ]
    hours = {"times": ["22:00-06:00", "08:00-12:00"]}
    settings = Settings.model_validate(deadlines(rules=near, working_hours=hours))
    assert problems(settings, declared(settings)) == []


def test_the_tables_of_deadlines() -> None:
    night = {"days": [], "times": ["00:00-24:00"]}
    rules = [
        {"name": "一般", "accept": "2 工作小时", "close": None},
        {"name": "公安", "partner": "110", "urgency": "urgent", "accept": "5 分钟", "working_hours": night},
    ]
    escalate = [{"after": "4 工作小时", "to": "班长"}]
    settings = Settings.model_validate(deadlines(rules=rules, remind="30 工作分钟", escalate=escalate))
    made = tables_deadlines.timetable(settings)
    usual, police = made.rules
    assert (usual.partner, usual.urgency, usual.hours) == (None, None, made.hours)
    assert {kind: str(amount) for kind, amount in usual.allows.items()} == {
        "accept": "2 工作小时",
        "close": "None",
    }, "feedback is not spoken of, close is without end"
    assert (police.partner, police.urgency) == ("110", "urgent")
    assert (police.hours.days, police.hours.spans) == (frozenset(), ((0, 1440),))
    told = tables_deadlines.warnings(settings)
    assert str(told.remind) == "30 工作分钟"
    assert [(str(level.after), level.to) for level in told.levels] == [("4 工作小时", "班长")]
    assert tables_deadlines.warnings(Settings()).remind == 0.2
    assert tables_deadlines.warnings(Settings.model_validate(deadlines(remind=None))).remind is None
