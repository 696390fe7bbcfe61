"""What each kind of trouble means and what to do about it, in the administrator's words. Pure.

A kind is a line of the log, or `counter:label` of a counter. A new warning has its row here: a test reads the
source for them.
"""

from __future__ import annotations

from typing import Final

_DATABASE: Final = "看数据库在不在、磁盘满没满；恢复后自动接着写"
_OURS: Final = "程序的错误：把日志里这一段交给开发者；通话不受影响"
_MEDIA: Final = "语音进程的消息；反复出现就看 media 的日志"
_RECORDER: Final = "看录音文件夹所在的磁盘和权限（recording.folder）"
_NETWORK: Final = "看网络、防火墙和对方的地址"

WORDS: Final[dict[str, tuple[str, str]]] = {
    "trunk.down": ("中继不通", "对方不答 OPTIONS：核对 target，看网络、对方是否开机；呼叫先走下一个目标"),
    "trunk.full": ("中继线路用完", "等一会儿，或加 channels、在路由里加下一个目标"),
    "trunk.registered": ("向运营商注册失败", "核对 register 的 user、domain、密码；看“中继”页里的原因"),
    "registration.no_goodbye": ("注销没有应答", "停机时的，不用管"),
    "dns.failed": ("域名查不到", "核对 targets 里的域名、sip.name_servers；旧地址继续用"),
    "child.died": ("一个进程退出，已重新启动", "看它退出前的日志；反复出现请交给开发者"),
    "config.refused": ("重新载入配置失败", "文件有错，没有任何改变；按每一行改好再载入"),
    "config.reloaded": ("重新载入了配置", "不用管"),
    "leg.dead": ("一条话路没有声音了", "对方断网或断电，通话按规则处理；多了就看网络"),
    "queue.set_aside": ("话务员连续没接，已暂停", "看那部话机；回来后按就绪"),
    "danger": ("听到危险词", "不是故障：看班长台"),
    "refer.foreign": ("话机要转到外面的地址", "不认识的主机，已拒绝；是自己的就加进 sip.domains"),
    "sip.event_failed": ("信令处理出错", _OURS),
    "sip.unsent": ("信令发不出去", _NETWORK),
    "witness.failed": ("通话旁的一件事没做成", _OURS),
    "api.fault": ("接口内部出错", _OURS),
    "rtpengine.down": ("rtpengine 不应答", "看它在不在；已自动改由本系统转发"),
    "media process disconnected": ("和语音进程断开", "会自动接上；反复出现看 media 的日志"),
    "media process does not read": ("语音进程不取消息", _MEDIA),
    "recorder does not read": ("录音进程不取消息", _RECORDER),
    "log-in refused": ("登录失败", "密码错或用户停用；次数多可能有人在试密码，看操作记录"),
    "log-in at the provider refused": ("统一登录失败", "看统一登录那边的记录，核对 api.oidc"),
    "identity provider refused": ("统一登录服务拒绝了请求", "核对 api.oidc 的 client_id 和密码"),
    "identity provider not reached": ("统一登录服务连不上", _NETWORK),
    "parked letters tried again": ("对方拒收的工单又试了一次", "看对方平台为什么拒收"),
    "ticket refused and parked": ("对方拒收了工单", "看原因，和对方改好后用 bridge outbox replay 重发"),
    "ticket not delivered in time": ("工单太久没有送到", "联系对方平台；恢复后用 bridge outbox replay 重发"),
    "ticket not written yet": ("工单还没写进数据库", _DATABASE),
    "not written yet": ("还有东西没写进数据库", _DATABASE),
    "transcripts not written yet": ("转写还没写进数据库", _DATABASE),
    "figures not counted": ("统计没有算出来", _DATABASE),
    "calls not counted yet": ("接通率还没写进数据库", _DATABASE),
    "deeds not put on record yet": ("操作记录还没写进数据库", _DATABASE),
    "users not looked up": ("用户表读不了", _DATABASE),
    "use of sessions not written": ("登录时间没写进数据库", _DATABASE),
    "outbox can't be counted": ("待发工单数不出来", _DATABASE),
    "outbox can't be read": ("待发工单读不了", _DATABASE),
    "outbox can't be written": ("待发工单写不了", _DATABASE),
    "deadlines can't be looked at": ("时限看不了", _DATABASE),
    "middle database can't be read": ("中间库读不了", "看对方的 PostgreSQL 和网络；恢复后自动接着读"),
    "middle row refused": ("对方写进中间库的一行不能收", "把原因告诉对方，改好重写"),
    "middle row not applied": ("中间库的一行还没处理", "会再试；一直不行就看日志里的原因"),
    "batch trouble": ("批量文件夹这一轮没有看完", "会再看；反复出现看文件夹和磁盘"),
    "batch refused": ("批量文件不能收", "签名或顺序不对：看日志，请对方重新导出"),
    "batch waits": ("批量文件在等前一份", "请对方把缺的那份也送来"),
    "batch not imported yet": ("批量文件还没导入", "会再试；看文件夹权限"),
    "batch folders can't be looked after": ("批量文件夹用不了", "看文件夹是否在、有没有权限"),
    "no key for batches counts now": ("批量文件没有可用的密钥", "看 keys 里的起止时间"),
    "nobody can log in yet": ("还没有能登录的人", "bridge user add 登录名 --role administrator"),
    "harassment.not_written": ("骚扰标记没写进数据库", _DATABASE),
    "harassment.unwritten": ("停机时有骚扰记录没写完", _DATABASE),
    "harassment.record_lost": ("骚扰记录丢了一条", _DATABASE),
    "recording.not_written": ("录音写不了", _RECORDER),
    "recording.not_finished": ("一段录音没有收尾", _RECORDER),
    "recording.not_hashed": ("一段录音没有校验值", _RECORDER),
    "recording.not_deleted": ("过期的录音删不掉", _RECORDER),
    "recording.no_folder": ("录音文件夹用不了", _RECORDER),
    "recording.not_recovered": ("重启前的录音没有接上", _RECORDER),
    "recording not stored yet": ("录音还没登记", _DATABASE),
    "recordings not deleted": ("过期的录音没删", _RECORDER),
    "retention failed": ("到期的数据没清理", _DATABASE),
    "asr listener failed": ("转写结果处理出错", _OURS),
    "x asr connection": ("和转写服务的连接断了", "会换一台或再连；反复出现就看那台服务器"),
    "event of the media process refused": ("语音进程的一条消息不能用", _OURS),
    "media event not handled": ("语音进程的一条消息处理出错", _OURS),
    "tap not handled": ("一段语音没有送去转写", _OURS),
    "delivery news failed": ("送达的消息没有告诉网页", _OURS),
    "ticket not delivered yet": ("工单还没送到", "会一直重试；看原因，联系对方平台"),
    "news of the recorder refused": ("录音进程的一条消息不能用", _OURS),
    "rtpengine answer not handled": ("rtpengine 的应答处理出错", _OURS),
    "sip.small_receive_buffer": ("收信令的缓冲太小", "sysctl -w net.core.rmem_max=8388608，再重启"),
    "webrtc process disconnected": ("和网页电话进程断开", "会自动接上；反复出现看 webrtc 的日志"),
    "news of the webrtc process refused": ("网页电话进程的一条消息不能用", _OURS),
    "webrtc process does not read": ("网页电话进程不取消息", "看 webrtc 的日志和机器忙不忙"),
    "webrtc news not handled": ("网页电话的一条消息处理出错", _OURS),
    "ledger.write_failed": ("防重复按键的记录写不了", _DATABASE),
    "arrival not looked up": ("来电的工单没有查到", _DATABASE),
    "not noted": ("工单的一步没有记下", _DATABASE),
    "words not stored: the database is gone": ("转写没有存下", _DATABASE),
    "words heard late of a transcript never stored": (
        "补听的话找不到原来的转写",
        "不用管，工单里已写明不完整",
    ),
    "transcripts cut by our own end": ("停机时有转写没有写完", "重启后有录音的会补听"),
    "transcripts not written at the end": ("停机时有转写没有写完", _DATABASE),
    "deed not put on record: the database is gone": ("操作记录没有写下", _DATABASE),
    "nothing read out: not put on record in time": ("查看被拒绝：操作记录写不了", _DATABASE),
    "deeds not put on record at the end": ("停机时有操作记录没有写完", _DATABASE),
    "the keys can't be looked at": ("网页上的键没有刷新", _OURS),
    "the wall can't be looked after": ("大屏没有刷新", _OURS),
    "names not looked at": ("地名没有再听一遍", _OURS),
    "names not heard": ("地名没有再听一遍", "转写服务忙；不影响别的"),
    "voice.not_heard": ("录音还没有补听", "转写服务恢复后会再试"),
    "voice.unreadable": ("录音读不了，补听不成", _RECORDER),
    "second hearing: database": ("补听的任务读不了", _DATABASE),
    "words not taken into the ticket": ("有话没有写进工单", _OURS),
    "ticket news failed": ("工单的变化没有告诉网页", _OURS),
    "ticket kept in memory only: the database is gone": ("工单只在内存里", _DATABASE),
    "tickets not written at the end": ("停机时有工单没有写完", _DATABASE),
    "overload.level": ("机器太忙，拒掉一部分新来话", "紧急方向照接；看 CPU，别的程序是不是占满了"),
    "writes lost at the end": ("停机时有东西没有写完", _DATABASE),
    "write not kept: the database is gone": ("有东西没写进数据库", _DATABASE),
    "sip_refused": ("拒绝了一个请求", "量大时看是哪个地址发来的（信令图、日志）"),
    "sip_refused:unknown-network": (
        "不认识的地址发来请求",
        "扫描不用管；是自己的写进 hosts 或 agent_networks",
    ),
    "sip_refused:bad-credentials": (
        "话机的用户名或密码不对",
        "核对话机和 agents 的密码；量大可能有人在试",
    ),
    "sip_refused:unknown-number": ("拨的号码没有路由", "用“试拨”看为什么；在 routes 里加一条"),
    "asr_trouble": ("转写服务连不上", "看 asr 进程，或 asr.urls 里的服务器；通话不受影响，有录音的会补"),
    "asr_dropped": ("有语音没来得及转写（秒）", "加 asr.threads，或加几台转写服务器"),
    "sip_connections_ended": (
        "信令连接被断开或拒绝",
        "certificate、tls 核对证书；per-source、full 加大上限",
    ),
    "push_attempts": ("工单没送成一次", "会再试；一直不成看“健康”页里对方平台的原因"),
    "api_refused": ("接口拒绝了请求", "令牌不对或没有权限；量大就查是谁"),
    "logins_refused": ("登录失败", "密码错或用户停用；量大可能有人在试密码"),
    "live_lost": ("网页来不及收实时事件", "那一端网络慢，网页会自己补齐"),
    "transcript_lost": ("转写没有存下", _DATABASE),
    "sip_unreachable": ("对方端口没有程序在听", _NETWORK),
}
"""kind (or what stands before its colon) -> title, what to do."""

OTHERWISE: Final = "看日志里的这一行；说不清的交给开发者"


def advice(kind: str) -> tuple[str, str]:
    """Title and what to do; a kind without words is shown by its name."""
    known = WORDS.get(kind)
    if known is not None:
        return known
    counter, _, label = kind.partition(":")
    if label and counter in WORDS:
        title, do = WORDS[counter]
        return f"{title}：{label}", do
    return kind, OTHERWISE
