/// Where an importer stands with the buffer. dma-buf.rst.
public enum ImporterState: Small { case detached, attached, mapped }
