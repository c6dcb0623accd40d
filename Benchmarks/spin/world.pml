/*
 * The world: the fields of one device, one unit of guest memory, PAGES pages and IMPORTERS importers, under the names of `Field`.
 * With one device accessDevice and taskDevice are always 0, and are left out. Values are the codes of the types that a field
 * prints, and bear their names; what a field begins with (INITIAL_<field>) is generated: it is what the set-up came to.
 */

/* The virtual machine and its monitor. */
unsigned vmLife : 3 = INITIAL_vmLife;
#define vmLife_absent 0
#define vmLife_building 1
#define vmLife_runnable 2
#define vmLife_dead 3
#define vmLife_blocked 4
#define vmLife_writtenBack 5
#define vmLife_tornDown 6
#define vmLife_released 7
unsigned vmEnd : 2 = INITIAL_vmEnd;
#define vmEnd_none 0
#define vmEnd_kvm 1
#define vmEnd_machineCheck 2
#define vmEnd_owner 3
bit vmmIsAlive = INITIAL_vmmIsAlive;
bit vmmMisbehaved = INITIAL_vmmMisbehaved;
unsigned vcpu : 2 = INITIAL_vcpu;
#define vcpu_outside 0
#define vcpu_outsideStale 1
#define vcpu_insideCurrent 2
#define vcpu_insidePrevious 3
unsigned accessKind : 2 = INITIAL_accessKind;
#define accessKind_none 0
#define accessKind_shared 1
#define accessKind_secure 2
unsigned accessPage : 2 = INITIAL_accessPage;
bit iotlbEpochIsOpen = INITIAL_iotlbEpochIsOpen;
bit iotlbFlushIsQueued = INITIAL_iotlbFlushIsQueued;

/* A unit of guest memory. Secure EPT entries have one set of names, stamps another, translations a third. */
unsigned memoryEntry : 4 = INITIAL_memoryEntry;
#define entry_free 0
#define entry_removed 1
#define entry_nlMapped 2
#define entry_nlBlocked 3
#define entry_mapped 4
#define entry_blocked 5
#define entry_pending 6
#define entry_pendingBlocked 7
#define entry_mmioPending 8
#define entry_mmioMapped 9
#define entry_mmioBlocked 10
unsigned memoryStamp : 2 = INITIAL_memoryStamp;
#define stamp_current 0
#define stamp_previous 1
#define stamp_older 2
unsigned memoryTLB : 2 = INITIAL_memoryTLB;
#define tlb_none 0
#define tlb_shared 1
#define tlb_secure 2
bit memoryIsPoisoned = INITIAL_memoryIsPoisoned;
/* A bit a device, of which there is one. */
bit memoryIOTLB = INITIAL_memoryIOTLB;

/* The function and its interface. */
bit isOpen = INITIAL_isOpen;
bit hostMapping = INITIAL_hostMapping;
bit memoryEnabled = INITIAL_memoryEnabled;
bit busMaster = INITIAL_busMaster;
bit power = INITIAL_power;
#define power_d0 0
#define power_d3hot 1
bit inReset = INITIAL_inReset;
unsigned interface : 2 = INITIAL_interface;
#define interface_configUnlocked 0
#define interface_configLocked 1
#define interface_run 2
#define interface_error 3
bit nonceIsLive = INITIAL_nonceIsLive;
bit holdsSecrets = INITIAL_holdsSecrets;
unsigned recorded : 2 = INITIAL_recorded;
#define recorded_unlocked 0
#define recorded_locked 1
#define recorded_run 2
#define recorded_error 3
unsigned bindingOwner : 2 = INITIAL_bindingOwner;
#define bindingOwner_none 0
#define bindingOwner_vm 1
#define bindingOwner_foreign 2
#define bindingOwner_both 3
bit isValid = INITIAL_isValid;
bit identityIsOther = INITIAL_identityIsOther;
unsigned request : 3 = INITIAL_request;
#define request_none 0
#define request_lock 1
#define request_stop 2
#define request_report 3
#define request_start 4
#define request_state 5
#define request_oldStart 6
unsigned answer : 3 = INITIAL_answer;
#define answer_none 0
#define answer_errorResponse 1
#define answer_success 2
#define answer_isUnlocked 3
#define answer_isLocked 4
#define answer_isRunning 5
#define answer_isInError 6
unsigned guestRequest : 3 = INITIAL_guestRequest;
#define guestRequest_available 0
#define guestRequest_reportRequested 1
#define guestRequest_startRequested 2
#define guestRequest_oldStartRequested 3
#define guestRequest_generated 4
#define guestRequest_reportProcessed 5
#define guestRequest_startProcessed 6
#define guestRequest_errorProcessed 7
unsigned evidence : 3 = INITIAL_evidence;
#define evidence_none 0
#define evidence_asked 1
#define evidence_collected 2
#define evidence_checked 3
#define evidence_stale 4
unsigned session : 2 = INITIAL_session;
#define session_none 0
#define session_created 1
#define session_connected 2
#define session_ending 3
unsigned stream : 3 = INITIAL_stream;
#define stream_absent 0
#define stream_created 1
#define stream_rxOnly 2
#define stream_ready 3
#define stream_blocked 4
unsigned streamKeys : 3 = INITIAL_streamKeys;
bit streamIsInsecure = INITIAL_streamIsInsecure;
unsigned exchange : 3 = INITIAL_exchange;
#define exchange_none 0
#define exchange_handshake 1
#define exchange_key 2
#define exchange_go 3
#define exchange_end 4
bit exchangeIsAnswered = INITIAL_exchangeIsAnswered;
unsigned dmar : 3 = INITIAL_dmar;
#define dmar_free 0
#define dmar_pending 1
#define dmar_present 2
#define dmar_blocked 3
#define dmar_pendingBlocked 4
unsigned dmarInvalidation : 2 = INITIAL_dmarInvalidation;
#define dmarInvalidation_pending 0
#define dmarInvalidation_queued 1
#define dmarInvalidation_done 2
bit contextIsCached = INITIAL_contextIsCached;
unsigned dma : 2 = INITIAL_dma;
#define dma_none 0
#define dma_shared 1
#define dma_trusted 2

/* A page of the BAR, with the guest's entry for it. */
byte entry[PAGES] = INITIAL_entry;
byte frame[PAGES] = INITIAL_frame;
byte stamp[PAGES] = INITIAL_stamp;
byte tlb[PAGES] = INITIAL_tlb;
byte metadata[PAGES] = INITIAL_metadata;
#define metadata_absent 0
#define metadata_data 1
#define metadata_mapped 2
bit isShared[PAGES] = INITIAL_isShared;

/* What several rules ask. */
#define vmIsGone (vmLife >= vmLife_blocked)
#define vmIsOperable (vmLife != vmLife_absent && !vmIsGone && vmEnd != vmEnd_machineCheck)
#define vmMayRunAtAll (vmLife == vmLife_runnable || vmLife == vmLife_building)
#define vcpuIsInside (vcpu == vcpu_insideCurrent || vcpu == vcpu_insidePrevious)
#define guestIsRunning (vcpuIsInside && vmLife == vmLife_runnable && vmmIsAlive)
#define isEnabled (memoryEnabled && power == power_d0)
#define answers (isEnabled && !inReset)
#define interfaceIsLocked (interface == interface_configLocked || interface == interface_run)
#define dmarIsAccepted (dmar == dmar_present || dmar == dmar_blocked)
#define dmarIsBlocked (dmar == dmar_blocked || dmar == dmar_pendingBlocked)
#define entryIsBlocked(e) (e == entry_blocked || e == entry_pendingBlocked || e == entry_mmioBlocked || e == entry_nlBlocked)
#define entryIsAccessible(e) (e == entry_mapped || e == entry_mmioMapped)
#define isTEE(p) (((NON_TEE_PAGES >> (p)) & 1) == 0)
#define evidenceLooksChecked (evidence == evidence_checked || evidence == evidence_stale)
