/* SPDM session and IDE stream between the TDX module and the device. */

#define maySpdmCreate needs(spdmCreateAbsent, session == session_none, ACCEPTED)
inline spdmCreate() { session = session_created }

#define maySpdmConnect needs(spdmConnectCreated, session == session_created, ACCEPTED)
inline spdmConnect() {
  /* A stream's keys are good under the session that carried them. */
  breach(booksContradict, session == session_connected && stream != stream_absent);
  session = session_connected
}

#define maySpdmDisconnect needs(spdmDisconnectUnused, stream == stream_absent, ACCEPTED)
inline spdmDisconnect() { session = (session == session_connected -> session_created : session) }

#define maySpdmDelete needs(spdmDeleteDisconnected, session != session_connected, ACCEPTED)
inline spdmDelete() { session = session_none }

#define mayStreamCreate \
  needs(streamCreateSession, session == session_connected, \
  needs(streamCreateAbsent, stream == stream_absent, ACCEPTED))
inline streamCreate() { stream = stream_created; streamKeys = 0; streamIsInsecure = 0 }

/* Three sub-streams in two directions. */
#define ALL_KEYS 6
#define lacksKeys (stream == stream_created && streamKeys < ALL_KEYS)
#define mayStreamProgramKey needs(streamKeysCreated, lacksKeys, ACCEPTED)
inline streamProgramKey() { streamKeys = (streamKeys < ALL_KEYS -> streamKeys + 1 : ALL_KEYS) }

#define mayStreamSetGo needs(streamSetGoKeys, stream == stream_created && streamKeys == ALL_KEYS, ACCEPTED)
inline streamSetGo() { stream = stream_ready }

/* Insecure for good: the root port routes nothing more, and a locked interface is in ERROR. */
inline streamBecomesInsecure() { streamIsInsecure = 1; loseDMA() }

#define mayStreamBlock needs(streamBlockReady, stream == stream_ready || stream == stream_created, ACCEPTED)
inline streamBlock() { stream = stream_blocked; streamBecomesInsecure() }

#define mayStreamDelete \
  needs(streamDeleteBlocked, stream == stream_blocked, \
  needs(streamDeleteUnused, bindingOwner == bindingOwner_none, ACCEPTED))
inline streamDelete() { stream = stream_absent; streamKeys = 0 }

#define mayBecomeInsecure ifNow(stream != stream_absent && !streamIsInsecure, ACCEPTED)
