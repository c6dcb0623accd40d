import SwiftASN1
import X509

/// What a leaf certificate says of its device in DMTF's own terms. DSP0274 1.2 section 10.6.1 and annex on OIDs: the
/// arc is 1.3.6.1.4.1.412.274. All of it is optional.
public struct DeviceIdentity: Hashable, Sendable {
  /// "manufacturer:product:serial" in an other name of the subject.
  public let device: String?
  /// Whether the key is burned in or derived from what is, and not put there later.
  public let isHardwareIdentity: Bool

  static let extensionID: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 412, 274, 6]
  static let deviceInfo: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 412, 274, 1]
  static let hardwareIdentity: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 412, 274, 2]
  static let responderRole: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 412, 274, 3]

  init(_ leaf: Certificate) {
    device = (try? leaf.extensions.subjectAlternativeNames)?.lazy.compactMap(Self.device).first
    isHardwareIdentity = leaf.extensions[oid: Self.extensionID].map { Self.names($0.value).contains(Self.hardwareIdentity) } ?? false
  }

  private static func device(_ name: GeneralName) -> String? {
    guard case .otherName(let other) = name, other.typeID == deviceInfo, let value = other.value else { return nil }
    return (try? ASN1UTF8String(asn1Any: value)).map { String($0) }
  }

  /// SEQUENCE OF SEQUENCE { identifier, definition OPTIONAL }.
  private static func names(_ bytes: ArraySlice<UInt8>) -> [ASN1ObjectIdentifier] {
    guard let node = try? DER.parse(bytes) else { return [] }
    let names = try? DER.sequence(node, identifier: .sequence) { outer in
      var names: [ASN1ObjectIdentifier] = []
      while let next = outer.next() {
        names.append(
          try DER.sequence(next, identifier: .sequence) { inner in
            let name = try ASN1ObjectIdentifier(derEncoded: &inner)
            while inner.next() != nil {}
            return name
          })
      }
      return names
    }
    return names ?? []
  }
}
