/*
 * The host's part of the world: its tasks, its locks, its objects and the importers. An untrusted host has none of it: there
 * nothing of this ever changes after the set-up, and no rule that is left asks for it.
 */

/* The kernel's two tasks. A position is a line of the playbook, 0 is idle. */
short taskPosition[2] = INITIAL_taskPosition;
byte taskCursor[2] = INITIAL_taskCursor;
bit taskHoldsFrame[2] = INITIAL_taskHoldsFrame;
/* What has come of what the task's procedure is there for; while a step is performed, 8 more where it was so before. */
byte taskDeed[2] = INITIAL_taskDeed;
#define deed_nothing 0
#define deed_found 1
#define deed_done 2
#define deed_marred 3
#define deed_half 4

/* Locks: 0, or the task that holds it and one. */
unsigned deviceSetLock : 2 = INITIAL_deviceSetLock;
unsigned memoryLock : 2 = INITIAL_memoryLock;
unsigned reservation : 2 = INITIAL_reservation;
unsigned tsmLock : 2 = INITIAL_tsmLock;

/* What the kernel keeps of the device: iommufd's objects, the TSM core's mark, the buffer, KVM's slot. */
unsigned vdevice : 2 = INITIAL_vdevice;
#define vdevice_absent 0
#define vdevice_present 1
#define vdevice_tombstone 2
bit viommuExists = INITIAL_viommuExists;
bit isBound = INITIAL_isBound;
bit holdsVM = INITIAL_holdsVM;
bit bufferIsExported = INITIAL_bufferIsExported;
bit bufferIsRevoked = INITIAL_bufferIsRevoked;
bit slot = INITIAL_slot;
bit slotIsPrivate = INITIAL_slotIsPrivate;

/* KVM's mirror of a secure EPT entry. */
bit mirror[PAGES] = INITIAL_mirror;

#if IMPORTERS > 0
byte importerState[IMPORTERS] = INITIAL_importerState;
#define importerState_detached 0
#define importerState_attached 1
#define importerState_mapped 2
bit importerIsInvalidated[IMPORTERS] = INITIAL_importerIsInvalidated;
bit importerIsUsing[IMPORTERS] = INITIAL_importerIsUsing;
bit importerIsPinned[IMPORTERS] = INITIAL_importerIsPinned;
#endif
