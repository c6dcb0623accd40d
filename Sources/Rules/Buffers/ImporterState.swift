/// Where an importer stands with the buffer. linux.md section 1.
public enum ImporterState: Small { case detached, attached, mapped }
