extension BufferReports {
  /// What a machine has of decrypted memory, in pages of 4 KiB. The last line is that of TTM's `page_pool` (debugfs; ttm_pool.c): kept, of how
  /// many at most.
  public static func pagePool(of bus: Bus) -> String {
    let pool = bus.decryptedPages
    func column(_ value: UInt64) -> String {
      let text = String(value)
      return String(repeating: " ", count: max(0, 8 - text.count)) + text
    }
    return "lent\t: \(column(pool.lentBytes / 4096))\nconversions\t: \(column(UInt64(pool.conversions)))\n\n"
      + "total\t: \(column(pool.keptBytes / 4096)) of \(column(pool.mostKept / 4096))\n"
  }
}
