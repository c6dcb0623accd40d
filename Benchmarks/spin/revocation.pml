/* The model of the article "Your first model" (Examples/Revocation), by hand, with the same names: the same states, and the
   same steps between them. Every step of pan is one action.

     spin -a -DN=8 revocation.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000

   pan counts the initial state as a transition; nothing else differs. */

#ifndef N
#define N 3
#endif

mtype = { live, revoking, revoked, unmapped, mapped, using };

mtype buffer = live;
mtype importer[N] = unmapped;
bool told[N];
byte mappings;

#define IMPORTER(i) \
  :: d_step { buffer == live && importer[i] == unmapped -> importer[i] = mapped; mappings = mappings + 1 } /* map */ \
  :: d_step { importer[i] == mapped && !told[i] -> importer[i] = using } /* begin */ \
  :: d_step { importer[i] == using -> importer[i] = mapped } /* finish */ \
  :: d_step { buffer == revoking && importer[i] != unmapped && !told[i] -> told[i] = true } /* tell */ \
  :: d_step { told[i] && importer[i] == mapped -> importer[i] = unmapped; told[i] = false; mappings = mappings - 1 } /* unmap */

active proctype everybody()
{
  do
  IMPORTER(0)
#if N > 1
  IMPORTER(1)
#endif
#if N > 2
  IMPORTER(2)
#endif
#if N > 3
  IMPORTER(3)
#endif
#if N > 4
  IMPORTER(4)
#endif
#if N > 5
  IMPORTER(5)
#endif
#if N > 6
  IMPORTER(6)
#endif
#if N > 7
  IMPORTER(7)
#endif
#if N > 8
  IMPORTER(8)
#endif
#if N > 9
#error "at most 9 importers"
#endif
  :: d_step { buffer == live -> buffer = revoking } /* revoke */
  :: d_step { buffer == revoking && mappings == 0 -> buffer = revoked } /* complete */
  :: d_step { buffer == revoked -> buffer = live } /* restore */
  od
}
