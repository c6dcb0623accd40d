/// What every page has: one file that loads nothing. A page with scripts of its own allows those, and nothing else.
enum HTMLPage {
  static func render(title: String, style: String, runsItsOwnScript: Bool = false, body: String) -> String {
    let script = runsItsOwnScript ? "script-src 'unsafe-inline'; " : ""
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \(script)img-src data:">
      <link rel="icon" href="data:,">
      <title>\(HTMLText.escape(title))</title>
      <style>
      \(style)</style>
      </head>
      \(body)
      </html>

      """
  }
}
