// The voice of the telephone in the page: microphone and loudspeaker, the one connection, ringing and tones. Knows no call and no socket.

import { signal } from "../vendor/preact.js";

/** Candidates are waited for so long before an offer goes out; those found later follow it. */
const GATHER_MS = 1000;
const STORE = "bridge-phone";
const PLAIN = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** What keeps the voice from us, as a word: "", "insecure", "unsupported", "denied", "no_device", "in_use". */
export const trouble = signal("");
export const microphones = signal([]);
export const speakers = signal([]);
/** Chosen: {mic, speaker}: device ids, "" for the system's; plain: no echo cancelling, noise suppression or gain of the browser's. */
export const chosen = signal({ mic: "", speaker: "", plain: false, ...remembered() });
/** How loud the microphone is, 0..1; moves only while somebody looks. */
export const level = signal(0);

function remembered() {
  try { return JSON.parse(localStorage.getItem(STORE) || "{}"); } catch { return {}; }
}

export function choose(change) {
  chosen.value = { ...chosen.peek(), ...change };
  try { localStorage.setItem(STORE, JSON.stringify(chosen.peek())); } catch { /* private mode */ }
  if ("speaker" in change) turnTo(change.speaker);
}

/** Why this browser, here, can never telephone: a word, or "". */
export function impossible() {
  if (!window.isSecureContext) return "insecure";
  return navigator.mediaDevices?.getUserMedia && window.RTCPeerConnection ? "" : "unsupported";
}

/** The microphone, open; throws after `trouble` says why. */
export async function microphone() {
  const never = impossible();
  if (never) { trouble.value = never; throw new Error(never); }
  const { mic, plain } = chosen.peek();
  try {
    return await open({ ...(plain ? PLAIN : {}), ...(mic ? { deviceId: { exact: mic } } : {}) });
  } catch (error) {
    if (mic && error.name === "OverconstrainedError") { // unplugged since it was chosen
      choose({ mic: "" });
      return microphone();
    }
    trouble.value = { NotAllowedError: "denied", NotFoundError: "no_device", NotReadableError: "in_use" }[error.name] || "no_device";
    throw error;
  }
}

async function open(audio) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  trouble.value = "";
  await look();
  return stream;
}

async function look() {
  const found = await navigator.mediaDevices.enumerateDevices();
  const of = (kind) => found.filter((one) => one.kind === kind && one.deviceId).map((one) => ({ id: one.deviceId, name: one.label || one.deviceId.slice(0, 6) }));
  microphones.value = of("audioinput");
  speakers.value = of("audiooutput");
}
navigator.mediaDevices?.addEventListener?.("devicechange", () => { look().catch(() => {}); });

export const close = (stream) => { for (const track of stream?.getTracks() || []) track.stop(); };

// --- the connection

const G711 = ["audio/PCMA", "audio/PCMU"];
let pc = null;
let stream = null;
const speaker = new Audio();
speaker.autoplay = true;

function turnTo(id) {
  if (speaker.setSinkId) speaker.setSinkId(id).catch(() => { if (id) choose({ speaker: "" }); });
}

/** Whether there is a connection that carries voice, or soon will: one whose offer was never answered does not. */
export const connected = () => pc !== null && pc.signalingState === "stable" && !["failed", "closed"].includes(pc.connectionState);

/**
 * A new connection in the place of any other. ice: servers; late(candidate): for those found after the offer went out; lost(): it failed.
 * The offer to be sent. Throws when there is no microphone.
 */
export async function offer({ ice, late, lost }) {
  const fresh = await microphone();
  hangUp();
  stream = fresh;
  const made = pc = new RTCPeerConnection({ iceServers: ice });
  const voice = made.addTransceiver(stream.getAudioTracks()[0], { direction: "sendrecv", streams: [stream] });
  const known = RTCRtpReceiver.getCapabilities("audio").codecs;
  voice.setCodecPreferences(G711.flatMap((name) => known.filter((codec) => codec.mimeType === name)));
  made.ontrack = ({ track }) => { speaker.srcObject = new MediaStream([track]); speaker.play().catch(() => {}); };
  turnTo(chosen.peek().speaker);
  made.onconnectionstatechange = () => { if (made === pc && made.connectionState === "failed") lost(); };
  await made.setLocalDescription(await made.createOffer());
  await gathered(made);
  made.onicecandidate = ({ candidate }) => { if (made === pc && candidate?.candidate) late(candidate); };
  return made.localDescription.sdp;
}

function gathered(made) {
  if (made.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(done, GATHER_MS);
    made.addEventListener("icegatheringstatechange", () => {
      if (made.iceGatheringState === "complete") { clearTimeout(timer); done(); }
    });
  });
}

/** The bridge's answer. */
export async function answered(sdp) {
  if (pc?.signalingState === "have-local-offer") await pc.setRemoteDescription({ type: "answer", sdp });
}

export function mute(on) {
  for (const track of stream?.getAudioTracks() || []) track.enabled = !on;
}

export function hangUp() {
  pc?.close();
  close(stream);
  pc = stream = null;
  speaker.srcObject = null;
}

/** Another microphone, in the middle of a call. */
export async function changeMicrophone() {
  if (!pc) return;
  const fresh = await microphone();
  const muted = stream?.getAudioTracks()[0]?.enabled === false;
  await pc.getSenders()[0].replaceTrack(fresh.getAudioTracks()[0]);
  close(stream);
  stream = fresh;
  mute(muted);
}

/** The browser's own figures of the connection: {rtt (ms) | null, lost (0..1) | null}. */
export async function quality() {
  if (!pc) return null;
  let rtt = null, lost = null;
  for (const one of (await pc.getStats()).values()) {
    if (one.type === "candidate-pair" && one.nominated && one.currentRoundTripTime !== undefined) rtt = one.currentRoundTripTime * 1000;
    if (one.type === "inbound-rtp" && one.packetsReceived) lost = one.packetsLost / (one.packetsReceived + one.packetsLost);
  }
  return { rtt, lost };
}

// --- tones: made here, so that there is nothing to fetch when it rings

let sound = null;
let playing = null;

/** Ring (two short, a pause), ring back (one long), or silence. */
export function tone(kind) {
  if (playing?.kind === kind) return;
  playing?.stop();
  playing = kind ? play(kind) : null;
}

/** A press on the page lets it sound later. */
export function allowSound() {
  if (!window.AudioContext) return;
  sound = sound || new AudioContext();
  if (sound.state === "suspended") sound.resume().catch(() => {});
}

const CADENCE = { ring: { hertz: [440, 554], on: [[0, 0.4], [0.6, 1.0]], every: 3 }, back: { hertz: [450], on: [[0, 1]], every: 5 } };

function play(kind) {
  allowSound();
  if (!sound) return { kind, stop() {} };
  const { hertz, on, every } = CADENCE[kind];
  const gain = sound.createGain();
  gain.gain.value = 0;
  gain.connect(sound.destination);
  const sources = hertz.map((value) => {
    const one = sound.createOscillator();
    one.frequency.value = value;
    one.connect(gain);
    one.start();
    return one;
  });
  const round = () => {
    for (const [from, until] of on) {
      gain.gain.setTargetAtTime(0.12, sound.currentTime + from, 0.01);
      gain.gain.setTargetAtTime(0, sound.currentTime + until, 0.01);
    }
  };
  round();
  const timer = setInterval(round, every * 1000);
  return { kind, stop() { clearInterval(timer); for (const one of sources) one.stop(); gain.disconnect(); } };
}

// --- the level meter: one look after the other as long as `watchLevel` is not stopped

/** Watch the call's microphone, or one opened for this; the answer stops it. */
export function watchLevel() {
  let over = false, own = null, source = null;
  (async () => {
    try {
      if (!stream) own = await microphone();
    } catch { return; }
    if (over) { close(own); return; }
    allowSound();
    const look = sound.createAnalyser();
    look.fftSize = 512;
    source = sound.createMediaStreamSource(stream || own);
    source.connect(look);
    const samples = new Float32Array(look.fftSize);
    const step = () => {
      if (over) return;
      look.getFloatTimeDomainData(samples);
      const loud = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
      level.value = Math.min(1, Math.max(0, 1 + Math.log10(loud + 1e-6) / 2.5));
      setTimeout(step, 60);
    };
    step();
  })();
  return () => { over = true; source?.disconnect(); close(own); level.value = 0; };
}
