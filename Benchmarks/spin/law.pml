/*
 * How a rule refuses. A refusal is an expression without side effects, because Spin asks before it acts:
 *
 *   needs(guard, condition, rest)      refused for good where the condition does not hold
 *   waitsFor(guard, condition, rest)   the same, but the same attempt may succeed later
 *   ifNow(condition, rest)             no law: nobody has a reason to, now
 *
 * Guards bear the names of `Guard`. The generated file defines DROP_<guard> for each: 1 switches it off.
 */
#define ACCEPTED 0
#define BUSY 1
#define REFUSED 2

#define holds(guard, condition) (DROP_##guard || (condition))
#define needs(guard, condition, rest) (holds(guard, condition) -> rest : REFUSED)
#define waitsFor(guard, condition, rest) (holds(guard, condition) -> rest : BUSY)
#define ifNow(condition, rest) ((condition) -> rest : REFUSED)
#define accepts(refusal) ((refusal) == ACCEPTED)

/*
 * What a step broke. The first property that was asked for is remembered, and the state behind is only looked at by the
 * assertion in properties.pml: one number that no field of a world is, 0 wherever nothing broke.
 */
unsigned verdict : 5 = 0;

#define breaks(property, condition) (ASKED_##property && (condition))
#define breach(property, condition) verdict = (verdict == 0 && breaks(property, condition) -> NUMBER_##property : verdict)

/* Once for each page or importer: a loop variable would be part of every state. */
#if PAGES == 1
#define eachPage(A) A(0)
#define anyPage(A) (A(0))
#elif PAGES == 2
#define eachPage(A) A(0); A(1)
#define anyPage(A) (A(0) || A(1))
#elif PAGES == 3
#define eachPage(A) A(0); A(1); A(2)
#define anyPage(A) (A(0) || A(1) || A(2))
#else
#define eachPage(A) A(0); A(1); A(2); A(3)
#define anyPage(A) (A(0) || A(1) || A(2) || A(3))
#endif

#if IMPORTERS == 0
#define eachImporter(A) skip
#define anyImporter(A) false
#elif IMPORTERS == 1
#define eachImporter(A) A(0)
#define anyImporter(A) (A(0))
#elif IMPORTERS == 2
#define eachImporter(A) A(0); A(1)
#define anyImporter(A) (A(0) || A(1))
#elif IMPORTERS == 3
#define eachImporter(A) A(0); A(1); A(2)
#define anyImporter(A) (A(0) || A(1) || A(2))
#else
#define eachImporter(A) A(0); A(1); A(2); A(3)
#define anyImporter(A) (A(0) || A(1) || A(2) || A(3))
#endif
