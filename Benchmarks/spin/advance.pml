/*
 * Task T goes one step on; what holds it back was asked before. A file that is included for each task: the columns of the playbook are C,
 * in which an inline's parameter is not replaced.
 */
#define go(position, succeeds) \
  breach(deadlock, (position) == 0 && holdsAnyLock(T)); \
  breach(notReleased, (position) == 0 && (isInside(close) || isInside(vmmCrash)) && isOpen); \
  breach(notReleased, (position) == 0 && isInside(teardown) && vmLife != vmLife_released); \
  taskDeed[T] = (taskDeed[T] == deed_nothing && !isInside(reset) && isFulfilled -> deed_found : taskDeed[T]); \
  breach(falseSuccess, (position) == 0 && succeeds && lineHasPurpose(T) && (taskDeed[T] == deed_nothing || taskDeed[T] == deed_half) && vmEnd != vmEnd_kvm); \
  breach(falseFailure, (position) == 0 && !(succeeds) && (taskDeed[T] == deed_done && isFulfilled || taskDeed[T] == deed_half && isLeft) && vmEnd != vmEnd_kvm); \
  taskPosition[T] = position; \
  if \
  :: taskPosition[T] == 0 -> taskCursor[T] = 0; taskHoldsFrame[T] = 0; taskDeed[T] = deed_nothing \
  :: else -> taskCursor[T] = (lineIsRepeated(T) -> 0 : taskCursor[T]) \
  fi
#define isInside(name) (lineProcedure(T) == in_##name)
/* What the procedure is there for is so. That a function answers is no reset: of that only the step counts after which it does so again. */
#define isSoInside(name, condition) (isInside(name) && (condition))
#define isUndeclared(p) (isTEE(p) && metadata[p] == metadata_absent)
#define isFulfilled \
  (lineHasPurpose(T) && (isSoInside(connect, stream == stream_ready) || isSoInside(open, isOpen) || isSoInside(export, bufferIsExported) \
    || isSoInside(bind, isBound && !anyPage(isUndeclared)) || isSoInside(accept, dmar == dmar_pending || dmar == dmar_present) \
    || isSoInside(unbind, bindingOwner != bindingOwner_vm && bindingOwner != bindingOwner_both) \
    || isSoInside(reset, !inReset && power == power_d0) || isSoInside(memoryOff, !memoryEnabled) || isSoInside(memoryOn, memoryEnabled) \
    || isSoInside(powerDown, power != power_d0) || isSoInside(powerUp, power == power_d0) \
    || isSoInside(convert, memoryEntry != entry_mapped && memoryEntry != entry_pending && memoryEntry != entry_blocked \
      && memoryEntry != entry_pendingBlocked) \
    || isSoInside(disconnect, session == session_none)))
/* A loop goes on with the next page where there is one; what it is followed by starts at the first. */
#define hasMore (lineIsRepeated(T) && taskCursor[T] + 1 < cursorEnd(T))
#define goFrom(position) taskCursor[T] = (lineIsRepeated(T) -> 0 : taskCursor[T]); go(position, true)
#define giveUp go(0, false)
/* That it is so no more may leave something of it: an entry that is blocked and not removed. */
#define isLeft (isInside(accept) && dmar != dmar_free)
#define isOwn (taskDeed[T] % 8 == deed_done || taskDeed[T] % 8 == deed_marred)
/* Whoever has taken something gives it back before he reports an error; what was given back, or reset, may have an error behind it. */
#define takes (isInside(connect) || isInside(bind) || isInside(accept))
#define noteFailure taskDeed[T] = (taskDeed[T] == deed_done && !takes -> deed_marred : taskDeed[T])

if
:: !hasWork(T) ->
   /* A jump or a fail that is passed by falls through to the line behind it. */
   if
   :: lineStep(T) == do_jump || lineStep(T) == do_fail -> goFrom((isFollowed(T) -> taskPosition[T] + 1 : 0))
   :: else -> goFrom(lineNext(T))
   fi
:: else ->
   taskCursor[T] = cursor(T);
   if
   :: refusal(T) == BUSY ->
      noteFailure;
      if
      :: lineOnBusy(T) == onBusy_jump -> goFrom(lineBusyTarget(T))
      :: else -> giveUp
      fi
   :: refusal(T) == REFUSED || lineStep(T) == do_response && responseFails && refusal(T) == ACCEPTED ->
      /* An ERROR response is taken away, and then fails. */
      if
      :: refusal(T) == ACCEPTED -> takeResponse()
      :: else
      fi;
      if
      :: lineOnError(T) == onError_abandon -> noteFailure; giveUp
      :: lineOnError(T) == onError_jump -> noteFailure; goFrom(lineErrorTarget(T))
      :: lineOnError(T) == onError_retry -> breach(deadlock, tsmLock == T + 1)
      :: else ->
         if
         :: lineOnError(T) == onError_kill && SEAMCALL_ERROR_KILLS_VM -> bugVM()
         :: else
         fi;
         /* What may fail for one page still has to be done for the others. */
         if
         :: hasMore -> taskCursor[T] = taskCursor[T] + 1
         :: else -> goFrom(lineNext(T))
         fi
      fi
   :: else ->
      /* What a step of the task's own changes counts; what was so before it stands beside it meanwhile. */
      taskDeed[T] = taskDeed[T] + (isFulfilled -> 8 : 0);
#include "steps.pml"
      if
      :: isFulfilled && taskDeed[T] < 8 -> taskDeed[T] = (isInside(reset) && lineStep(T) == do_powerD0 -> deed_marred : deed_done)
      :: !isFulfilled && taskDeed[T] >= 8 -> taskDeed[T] = (isOwn && isLeft -> deed_half : deed_nothing)
      :: else -> taskDeed[T] = (taskDeed[T] == deed_half && !isLeft -> deed_nothing : taskDeed[T] % 8)
      fi;
      breach(unlockedStep, lacksLock(T));
      if
      :: lineStep(T) == do_fail -> giveUp
      :: hasMore -> taskCursor[T] = taskCursor[T] + 1
      :: else -> goFrom(lineNext(T))
      fi
   fi
fi
#undef go
#undef giveUp
#undef takes
#undef isLeft
#undef isOwn
#undef noteFailure
#undef isInside
#undef isSoInside
#undef isFulfilled
#undef isUndeclared
#undef hasMore
#undef goFrom
