try shareAFrame { print($0) }
