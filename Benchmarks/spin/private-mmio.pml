/*
 * The twin of the model `private-mmio`, with a VMM that behaves or a hostile one: the host's procedures, interleaved with the guest,
 * the device, importers and those who should not. Each option of the loop is an action, and a transition exactly where the action
 * changes the world: where a rule can accept and change nothing, the option asks for the change as well.
 */
#include "law.pml"
#include "world.pml"
#include "host-world.pml"
#include "buffers.pml"
#define reservationIsFree (reservation == 0)
#include "function.pml"
#include "sessions.pml"
#include "interface.pml"
#include "mmio.pml"
#include "tracking.pml"
#include "life.pml"
#include "guest.pml"
#include "kernel.pml"
#include "interpreter.pml"
#include "properties.pml"
#include "host-properties.pml"
#include "guest-actions.pml"
#include "hostile-actions.pml"

/* A VMM that behaves does not call senselessly; a hostile one does. */
#define hasReason(reason) (HOSTILE || (reason))

#define faults(p) \
  :: d_step { mayFault(faultShared, !isPrivate(p) && !isShared[p]) -> start(faultShared, p) } \
  :: d_step { mayFault(faultPrivate, isPrivate(p) && entry[p] == entry_free) -> start(faultPrivate, p) }

active proctype world() {
end:
  do
  DUMP
  firmwareProperties
  hostProperties

  :: d_step { !isIdle(0) && moves(0) ->
#define T 0
#include "advance.pml"
#undef T
     }
  :: d_step { !isIdle(1) && moves(1) ->
#define T 1
#include "advance.pml"
#undef T
     }
  :: d_step { breaks(deadlock, isDeadlocked(0)) -> verdict = NUMBER_deadlock }
  :: d_step { breaks(deadlock, isDeadlocked(1)) -> verdict = NUMBER_deadlock }

  :: d_step { accepts(mayCrash) -> crashVMM() }
  :: d_step { mayStartWith(bind, hasReason(!isBound)) -> start(bind, 0) }
  :: d_step { mayStartWith(accept, hasReason(isBound && dmar == dmar_free)) -> start(accept, 0) }
  :: d_step { mayStartWith(relay, hasReason(isRequestedByGuest)) -> start(relay, 0) }
  :: d_step { mayStartWith(unbind, hasReason(isBound)) -> start(unbind, 0) }
  :: d_step { mayStartWith(reset, true) -> start(reset, 0) }
  :: d_step { mayStartWith(memoryOff, hasReason(memoryEnabled)) -> start(memoryOff, 0) }
  /* Where MEM is set it comes with every write of COMMAND for another bit. */
  :: d_step { mayStartWith(memoryOn, true) -> start(memoryOn, 0) }
  /* A mapping of the BAR holds the file, and so does a call through it that has not returned. */
  :: d_step { mayStartWith(close, !hostMapping && !isInCallThroughFile) -> start(close, 0) }
  /* The kernel closes a dead process's files after the last call has returned, and ends a VM that nobody has. */
  :: d_step { ENTRY_vmmCrash != 0 && !vmmIsAlive && isOpen && nobodyIsAtWork -> start(vmmCrash, 0) }
  :: d_step { ENTRY_teardown != 0 && !vmmIsAlive && !isOpen && nobodyIsAtWork &&
       (vmLife == vmLife_dead || vmLife == vmLife_runnable) -> start(teardown, 0) }
  eachPageOption(faults)

  guestActions
  eachImporterOption(importerActs)
  hostileActions
  od
}
