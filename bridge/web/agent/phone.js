// The softphone's strip: drawn above the board where this page is the agent's telephone. Nothing for agents with a desk phone.

export function PhoneStrip() { return null; }
