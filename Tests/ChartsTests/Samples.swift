import Charts

/// Charts to draw in tests: figures made up, shape as in a run.
enum Samples {
  static let interface = "interface 0000:01:00.0"
  static let entry = "secure EPT 0x8010_0000"

  static let run = Chart(
    title: "private-mmio on tdx",
    header: [Fact("machine", "builtin"), Fact("seed", "1"), Fact("evidence:", "unauthenticated")],
    phases: [connect, share, bind, use, release],
    notes: [
      Fact("guest sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
      Fact("device sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
      Fact("host sees", "3c1f7a20… (ciphertext)"),
    ],
    objects: [
      ObjectState(interface, kind: "interface", fields: [Fact("actual", "CONFIG_UNLOCKED"), Fact("recorded", "none")]),
      ObjectState("function 0000:01:00.0", kind: "function", fields: [Fact("decode", "on"), Fact("power", "D0")]),
      ObjectState("buffer 7", kind: "buffer", fields: [Fact("state", "mapped"), Fact("users", "2")]),
      ObjectState(entry, kind: "secure EPT", fields: [Fact("state", "FREE")]),
    ],
    maps: [
      MemoryMap(
        "guest physical",
        [
          Region(0, length: 0x8000_0000, owner: "guest private", ["2 MiB pages"]),
          Region(0x8000_0000, length: 0x10_0000, owner: "guest shared", ["bounce"]),
          Region(0x8010_0000, length: 0x4000, owner: "device", ["T=0", "→ BAR0"]),
        ]),
      MemoryMap(
        "host physical",
        [
          Region(0x1_0000_0000, length: 0x8000_0000, owner: "guest private", ["encrypted"]),
          Region(0x2_0000_0000, length: 0x4000_0000, owner: "host"),
          Region(0x3800_0000_0000, length: 0x4000, owner: "device", ["BAR0"]),
        ]),
    ],
    resultLine: "result: pass scenario=private-mmio platform=tdx steps=63 refused=3 faults=4 bytes=1048576 seed=1")

  static let connect = Phase(
    "connect",
    [
      Row(1, .tsm, .device, call: "SPDM 1.2 session", detail: "P-384", object: "0000:01:00.0"),
      Row(2, .tsm, .device, call: "IDE_KM", detail: "6 keys, stream 0"),
    ])
  static let share = Phase(
    "share",
    [
      Row(9, .kvm, .vfio, call: "fault shared", detail: "1 range", object: "slot 3 +0x1000"),
      Row(10, .guest, .device, call: "doorbell", detail: "T=0", object: "BAR0+0x1000"),
      Row(11, .device, .memory, call: "DMA write", detail: "64 KiB T=0 iova 0x8000_0000"),
    ])
  static let bind = Phase(
    "bind",
    [
      Row(
        14, .vfio, call: "revoke shared mappings", object: "buffer 7",
        changes: [Change("buffer 7", "state", "mapped", "revoked"), Change("buffer 7", "users", "2", "0")],
        memory: [
          MemoryChange("guest physical", 0x8010_0000, length: 0x4000, before: Ownership("device", ["T=0", "→ BAR0"]), after: nil)
        ]),
      Row(
        15, .tsm, .device, call: "LOCK_INTERFACE",
        changes: [
          Change(interface, "actual", "CONFIG_UNLOCKED", "CONFIG_LOCKED"),
          Change(interface, "recorded", "none", "CONFIG_LOCKED"),
        ]),
      Row(
        16, .kvm, .firmware, call: "TDH.MMIO.MAP", detail: "gpa 0x8010_0000 hpa 0x3800_0000_0000", object: entry,
        changes: [Change(entry, "state", "FREE", "MMIO_PENDING")]),
      Row(
        17, .guestTSM, .firmware, call: "TDG.MMIO.ACCEPT", detail: "gpa 0x8010_0000", object: entry,
        changes: [Change(entry, "state", "MMIO_PENDING", "MMIO_MAPPED")],
        memory: [
          MemoryChange(
            "guest physical", 0x8010_0000, length: 0x1000, before: nil, after: Ownership("device private", ["T=1", "→ BAR0"]))
        ]),
    ])
  static let use = Phase(
    "private",
    [
      Row(31, .guest, .device, call: "doorbell", detail: "T=1", object: "BAR0+0x1000"),
      Row(32, .device, .memory, call: "DMA read", detail: "64 KiB T=1", object: "gpa 0x8010_0000"),
      Row(
        35, .host, .device, call: "read", detail: "T=0", object: "BAR0+0x1000", mark: .refused,
        refusal: Refusal(
          "rejected by the device", guardName: "TLP/t-bit", source: "TDISP: TEE MMIO, T=0, RUN", declared: true)),
      Row(
        36, .device("0000:02:00.0"), .memory, call: "DMA read", detail: "4 KiB T=0", mark: .fault,
        refusal: Refusal("no translation", guardName: "IOMMU/present", declared: true)),
      Row(37, .host, .memory, call: "write", detail: "hpa 0x1_0000_0000", mark: .ignored),
    ])
  static let release = Phase(
    "unbind",
    [
      Row(
        61, .tsm, .device, call: "STOP_INTERFACE",
        changes: [
          Change(interface, "actual", "CONFIG_LOCKED", "CONFIG_UNLOCKED"), Change(interface, "recorded", "CONFIG_LOCKED", "none"),
        ]),
      Row(
        62, .kvm, .firmware, call: "TDH.MMIO.UNMAP", detail: "gpa 0x8010_0000", object: entry,
        changes: [Change(entry, "state", "MMIO_MAPPED", nil)],
        memory: [MemoryChange("guest physical", 0x8010_0000, length: 0x1000, before: Ownership("device private"), after: nil)]),
    ])

  static let counterexample = Chart(
    title: "private-mmio on tdx",
    header: ["1 device, 2 pages, 3 importers", Fact("fault", "reset-before-unbind")],
    headline: Headline("a private mapping outlives its interface", aside: ["13 steps", "id 7f3a-91c2-04"]),
    phases: [
      Phase(
        "path",
        [
          Row(1, .vmm, call: "open", object: "function", changes: [Change("function", "state", "closed", "open")]),
          Row(2, .vmm, call: "enable memory", object: "decode", changes: [Change("function", "decode", "off", "on")]),
          Row(
            12, .vfio, call: "assert reset", object: "interface",
            changes: [Change("interface", "actual", "RUN", "ERROR"), Change("function", "decode", "on", "off")]),
          Row(
            13, .vfio, call: "close", mark: .violated,
            remarks: [
              Fact("still usable", "gpa 0x8000_1000 → BAR0+0x1000, secure EPT MMIO_MAPPED"),
              Fact("would be held", "TDH.MMIO.UNMAP/stopped   TDX module, TDH.MMIO.UNMAP"),
            ]),
        ])
    ],
    notes: [
      Fact("passes if", "unbind (step 13) comes before assert reset (step 12)"),
      Fact("see it", "cofferdam replay 7f3a-91c2-04 --step"),
    ],
    objects: [
      ObjectState("function", kind: "function", fields: [Fact("state", "closed"), Fact("decode", "off")]),
      ObjectState("interface", kind: "interface", fields: [Fact("actual", "RUN")]),
    ],
    resultLine:
      "verdict: violated model=private-mmio platform=tdx property=private-mapping-outlives-interface length=13 id=7f3a-91c2-04")

  /// The same text everywhere a file could put it.
  static func hostile(_ text: String) -> Chart {
    Chart(
      title: text, header: [Fact(text, text), Fact("", text)], headline: nil,
      phases: [
        Phase(
          text,
          Mark.allCases.enumerated().map { number, mark in
            Row(
              number * 1_000_000_007, Lane(text), number == 2 ? nil : Lane("device:\(text)"), call: text, detail: text,
              object: number == 1 ? nil : text, mark: mark,
              refusal: Refusal(text, guardName: text, source: text, declared: number == 0),
              remarks: [Fact(text, text), Fact("", text)],
              changes: [Change(text, text, text, text), Change(text, "other", nil, text), Change("gone", text, text, nil)],
              memory: [MemoryChange(text, .max - 1, length: .max, before: Ownership(text), after: Ownership(text, [text]))])
          })
      ],
      notes: [Fact(text, text)], objects: [ObjectState(text, kind: text, fields: [Fact(text, text)])],
      maps: [MemoryMap(text, [Region(0, length: .max, owner: text, [text])])], resultLine: "result: \(text)")
  }

  static let nasty: [String] = [
    "", " ", String(repeating: "x", count: 300), String(repeating: "long words ", count: 40), "a\u{1B}[31mred\u{7}\r\nnext\u{0}",
    "\u{202E}evil\u{200B}\u{FEFF}", String(repeating: "漢字", count: 60), String(repeating: "👩‍👩‍👧‍👦🇩🇪", count: 30),
    "e" + String(repeating: "\u{301}", count: 500), "</script><script>alert(1)</script>", "<!--", "\"><img src=x onerror=alert(1)>",
    "end; A->>B: x # y %% { } <br>", "]]>&amp;&#35;", "end", "wrap: x", String(repeating: "\u{FDFD}", count: 50), "`${x}\\u003c'",
  ]
}
