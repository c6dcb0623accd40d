import Foundation
import Primitives

import PCI

/// One place of lspci's text changed, the bytes as they were.
struct DumpFlip {
  /// The line's beginning and the word that changed, with `N` for digits and `±` for the sign: what a list can name.
  let key: String
  /// Line of the function's text, from 0.
  let line: Int
  let changed: String

  /// Values in words, and what another device would have there.
  static let words = [
    ("Legacy Endpoint", "Endpoint"), ("Root Complex Integrated Endpoint", "Endpoint"), ("Endpoint", "Upstream Port"),
    ("Root Port", "Downstream Port"),
    ("DEVSEL=fast", "DEVSEL=slow"), ("DEVSEL=medium", "DEVSEL=fast"), ("pin A", "pin B"), ("pin ?", "pin C"), ("unlimited", "<4us"),
    ("non-prefetchable", "prefetchable"),
    (" prefetchable)", " non-prefetchable)"), ("Not Supported", "Via message"), ("Range ABCD", "Range AB"), ("Range ABC,", "Range BC,"),
    ("not supported", "L1"), ("ASPM L1", "ASPM L0s"), ("ASPM Disabled", "ASPM L1 Enabled"), ("OBFF Disabled", "OBFF Via WAKE#"),
    ("Normal Operating Range", "800-1200mV(full-swing)/400-700mV(half-swing)"), ("unsupported", "incomplete"), ("insecure", "secure"),
    ("Sta: secure", "Sta: insecure"), ("HdrEnc=no", "HdrEnc=17:2"), ("AES-GCM", "reserved"), ("(downgraded)", "(overdriven)"),
    ("(ok)", "(downgraded)"),
    ("Full Equalization required", "No Equalization Needed"), ("Usage Mode: PCI Express", "Usage Mode: Training Set Messages"), ("us to ", "ms to "),
    ("0dB preshoot", "0dB preshot"), ("ID0", "ID0 Default"), ("Notify", "ISR"), ("CommonCfg", "DeviceCfg"),
    ("Steering table in", "No steering table in"),
  ]

  /// Every sign of a flag, every run of digits and every word of the list, each changed alone.
  static func all(of line: String, number: Int) -> [DumpFlip] {
    let text = Array(line)
    var flips: [DumpFlip] = []
    func flip(_ range: Range<Int>, _ new: String) {
      let changed = String(text[..<range.lowerBound]) + new + String(text[range.upperBound...])
      flips.append(DumpFlip(key: key(of: text, at: range.lowerBound), line: number, changed: changed))
    }
    for (i, c) in text.enumerated() {
      let isLast = i + 1 == text.count || " ,);".contains(text[i + 1])
      if c == "+" || c == "-", isLast, i > 0, text[i - 1].isLetter || text[i - 1].isNumber || text[i - 1] == ":" {
        flip(i..<(i + 1), c == "+" ? "-" : "+")
      }
      guard ("0"..."9").contains(c), i == 0 || !("0"..."9").contains(text[i - 1]) else { continue }
      let end = text[i...].firstIndex { !("0"..."9").contains($0) } ?? text.count
      if isName(text, i, end) { continue }
      let digits = String(text[i..<end])
      // The last digit counts one up, so that the number stays as long as it is.
      flip(i..<end, digits.dropLast() + (digits.last == "9" ? "8" : String((Int(String(digits.last ?? "0")) ?? 0) + 1)))
    }
    for (old, new) in words {
      for range in line.ranges(of: old) {
        let start = line.distance(from: line.startIndex, to: range.lowerBound)
        flip(start..<(start + old.count), new)
      }
    }
    return flips
  }

  /// Digits of a flag's name, of a label or of `L0s`: with others it is another word, and unknown words claim nothing.
  private static func isName(_ text: [Character], _ start: Int, _ end: Int) -> Bool {
    func belongs(_ c: Character) -> Bool { c.isLetter || c.isNumber || "_.".contains(c) }
    let rest = text[end...].drop(while: belongs)
    let before = text[..<start].last.map { belongs($0) || $0 == "-" } ?? false
    switch rest.first {
    case "+", "-": return rest.dropFirst().first.map { " ,);".contains($0) } ?? true
    case ":", "=": return before
    default: return start > 0 && text[start - 1] == "L" && (start < 2 || !text[start - 2].isLetter)
    }
  }

  private static func key(of text: [Character], at place: Int) -> String {
    let start = text[..<place].lastIndex { $0 == " " || $0 == "\t" }.map { $0 + 1 } ?? 0
    let end = text[place...].firstIndex { $0 == " " || $0 == "\t" } ?? text.count
    let first = String(text).split { $0 == " " || $0 == "\t" }.first.map(String.init) ?? ""
    let word = String(text[start..<max(start, end)])
    return plain(first) + " " + plain(word)
  }

  private static func plain(_ word: String) -> String {
    var text = ""
    for c in word {
      let next: Character = c.isNumber ? "N" : c == "+" ? "-" : c
      if next != "N" || text.last != "N" { text.append(next) }
    }
    return text
  }
}
