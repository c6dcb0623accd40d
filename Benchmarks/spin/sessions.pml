/* SPDM session and IDE stream between the TDX module and the device. */

#define maySpdmCreate needs(spdmCreateAbsent, session == session_none, ACCEPTED)
inline spdmCreate() { session = session_created }

/* Calls that need the device: posed, relayed, and made again with the answer. One message is out at a time. */
#define mayConverse(kind) \
  needs(exchangeSlot, exchange == kind || exchange == exchange_none, \
  needs(exchangeAnswered, exchange != kind || exchangeIsAnswered, ACCEPTED))
#define poses(kind) (exchange != kind)
inline sendOut(kind) {
  breach(booksContradict, exchange != exchange_none);
  exchange = kind; exchangeIsAnswered = 0
}
inline dropExchange() { exchange = exchange_none; exchangeIsAnswered = 0 }
inline takeAnswer() {
  breach(booksContradict, !exchangeIsAnswered);
  dropExchange()
}
#define maySpdmRelay ifNow(exchange != exchange_none && !exchangeIsAnswered, ACCEPTED)
inline spdmRelay() { exchangeIsAnswered = 1 }

#define maySpdmConnect needs(spdmConnectCreated, session == session_created, mayConverse(exchange_handshake))
inline spdmConnect() {
  if
  :: poses(exchange_handshake) -> sendOut(exchange_handshake)
  :: else ->
     /* A stream's keys are good under the session that carried them. */
     breach(booksContradict, session == session_connected && stream != stream_absent);
     session = session_connected;
     takeAnswer()
  fi
}

#define sessionIsLive (session == session_connected || session == session_ending)
#define maySpdmDisconnect \
  needs(spdmDisconnectUnused, stream == stream_absent, (sessionIsLive -> mayConverse(exchange_end) : ACCEPTED))
inline spdmDisconnect() {
  if
  :: session == session_created -> dropExchange()
  :: sessionIsLive && poses(exchange_end) -> session = session_ending; sendOut(exchange_end)
  :: sessionIsLive && !poses(exchange_end) -> session = session_created; takeAnswer()
  :: else
  fi
}

#define maySpdmDelete needs(spdmDeleteDisconnected, !sessionIsLive, ACCEPTED)
inline spdmDelete() { session = session_none; dropExchange() }

#define mayStreamCreate \
  needs(streamCreateSession, session == session_connected, \
  needs(streamCreateAbsent, stream == stream_absent, ACCEPTED))
inline streamCreate() { stream = stream_created; streamKeys = 0; streamIsInsecure = 0 }

/* Three sub-streams in two directions: the keys to receive with come first. */
#define ALL_KEYS 6
#define RECEIVING_KEYS 3
#define isStarting (stream == stream_created || stream == stream_rxOnly)
#define lacksKeys (isStarting && streamKeys < ALL_KEYS)
#define mayStreamProgramKey needs(streamKeysCreated, lacksKeys, mayConverse(exchange_key))
inline streamProgramKey() {
  if
  :: poses(exchange_key) -> sendOut(exchange_key)
  :: else -> streamKeys = (streamKeys < ALL_KEYS -> streamKeys + 1 : ALL_KEYS); takeAnswer()
  fi
}

#define mayReceive (stream == stream_created && streamKeys >= RECEIVING_KEYS)
#define maySend (stream == stream_rxOnly && streamKeys == ALL_KEYS)
#define mayStreamSetGo needs(streamSetGoKeys, mayReceive || maySend, mayConverse(exchange_go))
inline streamSetGo() {
  if
  :: poses(exchange_go) -> sendOut(exchange_go)
  :: else -> stream = (stream == stream_created -> stream_rxOnly : stream_ready); takeAnswer()
  fi
}

/* Insecure for good: the root port routes nothing more, and a locked interface is in ERROR. */
inline streamBecomesInsecure() { streamIsInsecure = 1; loseDMA() }

#define mayStreamBlock needs(streamBlockReady, stream == stream_ready || isStarting, ACCEPTED)
inline streamBlock() { stream = stream_blocked; dropExchange(); streamBecomesInsecure() }

#define mayStreamDelete \
  needs(streamDeleteBlocked, stream == stream_blocked, \
  needs(streamDeleteUnused, bindingOwner == bindingOwner_none, ACCEPTED))
inline streamDelete() { stream = stream_absent; streamKeys = 0; dropExchange() }

#define mayBecomeInsecure ifNow(stream != stream_absent && !streamIsInsecure, ACCEPTED)
