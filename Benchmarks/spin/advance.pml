/*
 * Task T goes one step on; what holds it back was asked before. A file that is included for each task: the columns of the playbook are C,
 * in which an inline's parameter is not replaced.
 */
#define go(position) \
  breach(deadlock, (position) == 0 && holdsAnyLock(T)); \
  breach(notReleased, (position) == 0 && (isInside(close) || isInside(vmmCrash)) && isOpen); \
  breach(notReleased, (position) == 0 && isInside(teardown) && vmLife != vmLife_released); \
  taskPosition[T] = position; \
  if \
  :: taskPosition[T] == 0 -> taskCursor[T] = 0; taskHoldsFrame[T] = 0 \
  :: else \
  fi
#define isInside(name) (lineProcedure(T) == in_##name)
/* A loop goes on with the next page where there is one; what it is followed by starts at the first. */
#define hasMore (lineIsRepeated(T) && taskCursor[T] + 1 < cursorEnd(T))
#define goFrom(position) taskCursor[T] = (lineIsRepeated(T) -> 0 : taskCursor[T]); go(position)

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
      if
      :: lineOnBusy(T) == onBusy_jump -> goFrom(lineBusyTarget(T))
      :: else -> goFrom(0)
      fi
   :: refusal(T) == REFUSED || lineStep(T) == do_response && responseFails && refusal(T) == ACCEPTED ->
      /* An ERROR response is taken away, and then fails. */
      if
      :: refusal(T) == ACCEPTED -> takeResponse()
      :: else
      fi;
      if
      :: lineOnError(T) == onError_abandon -> goFrom(0)
      :: lineOnError(T) == onError_jump -> goFrom(lineErrorTarget(T))
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
#include "steps.pml"
      breach(unlockedStep, lacksLock(T));
      if
      :: hasMore -> taskCursor[T] = taskCursor[T] + 1
      :: else -> goFrom(lineNext(T))
      fi
   fi
fi
#undef go
#undef isInside
#undef hasMore
#undef goFrom
