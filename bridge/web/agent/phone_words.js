// The words of the telephone in the page.

import { register } from "../shared/words.js";

register({
  zh: {
    phone: {
      name: "网页电话", extension: "分机 {extension}", ready: "就绪", paused: "暂停", go_ready: "就绪，开始接电话", go_pause: "暂停接电话",
      line: { connecting: "电话正在连接", lost: "电话断开，正在重连；通话照常", closed: "登录过期，重新登录后再接打；通话照常", elsewhere: "电话在另一个网页里" },
      take: "移到这里", take_help: "移过来以后，那个网页不再响铃；通话会接到这里。",
      devices: "话筒和扬声器", devices_short: "设备", mic: "话筒", speaker: "扬声器", system: "跟随系统", level: "话筒音量", plain: "原声：关掉回声消除、降噪和自动音量（戴耳机时）",
      state: { ringing: "来电", opening: "正在接通", calling: "正在呼叫", talking: "通话中", away: "声音断了，正在接回" },
      from: "{caller}", to: "呼叫 {number}", withheld: "没有来电号码",
      answer: "接听", decline: "不接", hang_up: "挂机", hold: "保持", unhold: "取消保持", mute: "静音", unmute: "取消静音", pad: "拨号盘", dial: "拨出",
      number: "号码", keys: "已按 {keys}", held: "保持中：对方听音乐", muted: "静音：对方听不到你",
      ended: { self: "已挂机", taken: "电话移到了另一个网页", refused: "没有接通", "not-connected": "声音没有接通，请检查网络", "no-return": "声音断开太久，电话已经收回",
        "webrtc-gone": "语音服务中断，电话已经收回", other: "对方已挂机" },
      trouble: {
        insecure: "浏览器只在 https 网页里给话筒：请管理员配置 api.tls，用 https:// 打开本页（本机用 localhost 也行）。",
        unsupported: "这个浏览器不能打电话：请用新版的 Chrome、Edge 或 Firefox。",
        denied: "浏览器没有给话筒：点地址栏左边的锁，把“麦克风”改成允许，再按就绪。",
        no_device: "没有找到话筒：插上耳机或话筒，再按就绪。",
        in_use: "话筒被别的程序占着：关掉那个程序，再按就绪。",
      },
      say: { ringing: "来电：{who}，按 Alt 加 A 接听", talking: "已接通：{who}" },
    },
  },
  en: {
    phone: {
      name: "Phone", extension: "Ext. {extension}", ready: "Ready", paused: "Paused", go_ready: "Ready for calls", go_pause: "Pause calls",
      line: { connecting: "Phone connecting", lost: "Phone lost, reconnecting; the call goes on", closed: "Signed out; the call goes on", elsewhere: "The phone is in another page" },
      take: "Move it here", take_help: "The other page stops ringing; a call comes along.",
      devices: "Microphone and speaker", devices_short: "Devices", mic: "Microphone", speaker: "Speaker", system: "As the system", level: "Microphone level", plain: "Plain sound: no echo cancelling, noise suppression or gain (headsets)",
      state: { ringing: "Incoming", opening: "Connecting", calling: "Calling", talking: "On call", away: "No voice, reconnecting" },
      from: "{caller}", to: "Calling {number}", withheld: "Number withheld",
      answer: "Answer", decline: "Decline", hang_up: "Hang up", hold: "Hold", unhold: "Resume", mute: "Mute", unmute: "Unmute", pad: "Keypad", dial: "Call",
      number: "Number", keys: "Pressed {keys}", held: "On hold: they hear music", muted: "Muted: they can't hear you",
      ended: { self: "Hung up", taken: "The phone moved to another page", refused: "Not connected", "not-connected": "No voice: check the network", "no-return": "No voice for too long: the call was taken back",
        "webrtc-gone": "The voice service went down: the call was taken back", other: "They hung up" },
      trouble: {
        insecure: "Browsers give a microphone to https pages only: ask your administrator for api.tls (or use localhost).",
        unsupported: "This browser can't make calls: use a current Chrome, Edge or Firefox.",
        denied: "The browser gives no microphone: press the lock beside the address, allow the microphone, then press Ready.",
        no_device: "No microphone found: plug one in, then press Ready.",
        in_use: "Another program has the microphone: close it, then press Ready.",
      },
      say: { ringing: "Incoming call: {who}; Alt A answers", talking: "Connected: {who}" },
    },
  },
});
