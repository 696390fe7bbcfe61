"""The interface's shapes: what is asked strictly, what is answered as described. Unknown keys are refused,
never guessed at."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bridge.routing.numbers import LONGEST
from bridge.routing.plan import Mode

CallId = Annotated[str, Field(min_length=1, max_length=128, description="通话编号")]
Incident = Annotated[str, Field(min_length=1, max_length=128, description="事件编号")]


class Wish(BaseModel):
    """一键转接：把诉求人转到哪个号码。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    to: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST,
            pattern=r"^[0-9A-Za-z*#+().-]+$",
            description="路由能匹配的号码，如 110",
            examples=["110"],
        ),
    ]
    mode: Annotated[
        Mode | None,
        Field(
            description="这一次的方式：direct 直转，conference 三方通话，consult 咨询转接；不写就按路由的",
            examples=["conference"],
        ),
    ] = None


class TransferView(BaseModel):
    """一次转接及其结果。"""

    id: str = Field(description="转接编号")
    incident: str = Field(description="事件编号：电话、工单、转写共用")
    number: str = Field(description="转到的号码")
    platform: str = Field(description="转到的平台")
    mode: str = Field(description="方式：direct 直转，conference 三方通话，consult 咨询转接")
    state: str = Field(
        description="dialling、ringing、left-dialling、left-ringing（话务员已挂断）、joined（三方通话）、"
        "consulting（话务员与对方说话，诉求人听音乐）、swapped（反过来）进行中；"
        "connected、failed、cancelled、abandoned、recalled、returned（对方来过又退出）已结束"
    )
    reason: str = Field(
        description="没有转成的原因：busy silent dead refused cancelled caller-left left，否则为空"
    )
    via: str = Field(description="怎样按的键：refer dtmf api invite")
    may: list[str] = Field(description="现在可以：complete 完成，swap 切换，join 三方，cancel 取消")


class Pressed(BaseModel):
    """按键的答复。"""

    call: str = Field(description="通话编号")
    transfer: TransferView


class CallPicture(BaseModel):
    """一通电话的全部：状态、转写、工单（没有按键时为草稿）。"""

    call: dict[str, Any] = Field(description="各方、阶段、转接、用时（毫秒）")
    transcript: list[dict[str, Any]] = Field(description="语句：speaker start end text final，按说话先后")
    ticket: dict[str, Any] | None = Field(description="最新一版工单，字段见 bridge.ticket.v1")
    draft: dict[str, Any] | None = Field(description="还没有工单时：五要素和推荐类别")
    advice: dict[str, Any] = Field(
        description="智能推荐：ranked 各类别，lines 其他热线，direction 方向，alerts 危险词"
    )


class Calls(BaseModel):
    """正在进行的和最近结束的电话，先来的在前。"""

    calls: list[dict[str, Any]]


class KeyView(BaseModel):
    """一个一键转接键。"""

    number: str = Field(description="转到的号码，用于 to")
    name: str = Field(description="键名")
    platform: str = Field(description="平台")
    feature_code: str | None = Field(description="话机上的功能码")
    mode: str = Field(description="方式：direct 直转，conference 三方通话，consult 咨询转接")
    state: Literal["up", "down", "closed"] = Field(
        description="up 可用；down 所有目标的中继都不通（仍可以按）；closed 现在不在服务时间"
    )
    for_agents: bool = Field(default=True, description="话务员能不能按；不能的只给中继对面的交换机用")
    trunks: list[dict[str, Any]] = Field(
        default=[], description="依次试的中继：name，up 通不通，room 还有没有空闲线路"
    )
    queue: dict[str, Any] | None = Field(
        default=None,
        description="转进本系统的排队时：name，waiting 几个人在等，longest_wait 最久的等了多少秒，"
        "ready 几个话务员空闲",
    )
    partner: dict[str, Any] | None = Field(
        default=None,
        description="对方平台收不收得到工单：platform，state（up、trouble、down、new 还没推过），"
        "waiting 几份没送达",
    )


class Keys(BaseModel):
    """全部一键转接键。"""

    keys: list[KeyView]


class RecordingWish(BaseModel):
    """对一通电话的录音要做什么。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    do: Annotated[
        Literal["start", "stop", "pause", "resume"],
        Field(description="开始、停止、暂停、继续", examples=["pause"]),
    ]


class RecordingState(BaseModel):
    """录音现在怎样。"""

    call: str = Field(description="通话编号")
    recording: Literal["off", "on", "paused"] = Field(description="没有录、正在录、暂停")


class RecordingLeg(BaseModel):
    """录音里的一方。"""

    leg: str = Field(description="话路编号")
    channel: Literal[0, 1] = Field(description="0 左声道（诉求人），1 右声道（其他人）")
    speaker: str = Field(description="caller 或平台号码")


class RecordingView(BaseModel):
    """一段录音。"""

    id: str = Field(description="录音编号")
    call: str = Field(description="通话编号")
    started_at: str = Field(description="第一个声音的时间")
    offset_seconds: float | None = Field(
        description="第一个声音在转写的时间里是第几秒：转写第 t 秒的话在录音的 t 减它处；null = 不知道"
    )
    seconds: float = Field(description="长度，秒")
    octets: int = Field(description="文件大小，字节")
    sha256: str = Field(description="文件（原样，加密的就是密文）的 SHA-256")
    sealed: bool = Field(description="是否加密存放")
    ended: Literal["whole", "cut", "full", "failed"] = Field(
        description="whole 完整，cut 进程中断，full 磁盘满了，failed 磁盘写不进"
    )
    missing_seconds: float = Field(description="没来得及录下的声音，秒")
    legs: list[RecordingLeg] = Field(description="谁在哪个声道")
    deleted_at: str | None = Field(description="到期删除的时间；null = 还在")


class Peaks(BaseModel):
    """录音的波形。"""

    seconds: float = Field(description="录音多长")
    channels: list[list[float]] = Field(description="左诉求人，右其他人：从头到尾等分，每段最响的，0 到 1")


class Recordings(BaseModel):
    """录音，新的在前。"""

    recordings: list[RecordingView]


class Health(BaseModel):
    """活着。"""

    status: Literal["ok"]


class Problem(BaseModel):
    """RFC 9457：没有做成，为什么，怎么办。"""

    type: str = Field(description="urn:bridge:problem:编号")
    title: str = Field(description="一句话")
    status: int = Field(description="HTTP 状态")
    detail: str = Field(description="这一次的情况")
    id: str = Field(description="稳定的编号，供程序判断")
    fault: str = Field(description="谁能改：peer 请求方，agent 操作人，administrator 管理员，us 本系统")
    advice: str = Field(description="怎么办")
    errors: list[dict[str, str]] = Field(default=[], description="请求里哪里不对：at、what")
