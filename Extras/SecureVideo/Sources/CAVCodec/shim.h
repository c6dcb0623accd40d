#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/mem.h>
#include <libavutil/pixfmt.h>

// AVERROR and its codes are macros with casts, which do not import.
static const int COFFERDAM_AVERROR_EAGAIN = AVERROR(EAGAIN);
static const int COFFERDAM_AVERROR_EOF = AVERROR_EOF;
static const int COFFERDAM_INPUT_PADDING = AV_INPUT_BUFFER_PADDING_SIZE;
