"""The webrtc process: browsers' ICE, DTLS and SRTP end here; to the media process each is plain RTP."""
