#include <array>
#include <csetjmp>
#include <cstdio>

// jpeglib.h needs the names of <cstdio>.
#include "qsweep/core/error.hpp"
#include "qsweep/data/decode_image.hpp"

#include <jerror.h>
#include <jpeglib.h>

namespace qsweep {
namespace {

/// libjpeg's state. Its errors leave by longjmp, since exceptions must not pass through C code.
struct JpegDecoder {
  jpeg_decompress_struct state{};
  jpeg_error_mgr errors{};
  std::array<char, JMSG_LENGTH_MAX> reason{};
  std::jmp_buf escape{};

  JpegDecoder() = default;
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() { jpeg_destroy_decompress(&state); }
};

[[noreturn]] void give_up(j_common_ptr state) {
  auto* decoder = static_cast<JpegDecoder*>(state->client_data);
  decoder->errors.format_message(state, decoder->reason.data());
  std::longjmp(decoder->escape, 1);
}

/// Warnings mean damage: libjpeg would fill in gray. Stray bytes before a marker harm nothing, and
/// ImageNet has files with them.
void judge_message(j_common_ptr state, int level) {
  if (level < 0 && state->err->msg_code != JWRN_EXTRANEOUS_DATA) {
    give_up(state);
  }
}

/// Nothing in here may own memory while libjpeg runs: longjmp calls no destructors.
bool decode_into(JpegDecoder& decoder,
                 const std::vector<uint8_t>& bytes,
                 const std::string& path,
                 Image& image) {
  decoder.state.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = give_up;
  decoder.errors.emit_message = judge_message;
  decoder.state.client_data = &decoder;
  if (setjmp(decoder.escape) != 0) {
    return false;
  }
  jpeg_create_decompress(&decoder.state);
  jpeg_mem_src(&decoder.state, bytes.data(), bytes.size());
  jpeg_read_header(&decoder.state, TRUE);
  check_pixels(decoder.state.image_width, decoder.state.image_height, path);
  const J_COLOR_SPACE stored = decoder.state.jpeg_color_space;
  const bool four = stored == JCS_CMYK || stored == JCS_YCCK;
  decoder.state.out_color_space = four ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&decoder.state);
  image = Image(decoder.state.output_height, decoder.state.output_width, four ? 4 : 3);
  while (decoder.state.output_scanline < decoder.state.output_height) {
    JSAMPROW row = image.at(decoder.state.output_scanline, 0);
    jpeg_read_scanlines(&decoder.state, &row, 1);
  }
  jpeg_finish_decompress(&decoder.state);
  return true;
}

/// a * b / 255, rounded.
int scaled(int a, int b) {
  const int product = a * b + 128;
  return (product / 256 + product) / 256;
}

/// The inks of Adobe's files are stored inverted, so that 255 is none; all CMYK files are taken to
/// be Adobe's, as Pillow does.
Image rgb_of_inks(const Image& inks) {
  Image image(inks.height, inks.width, 3);
  for (size_t i = 0; i < image.pixels.size() / 3; ++i) {
    const int light = inks.pixels[4 * i + 3];
    for (size_t c = 0; c < 3; ++c) {
      image.pixels[3 * i + c] =
          static_cast<uint8_t>(light - scaled(255 - inks.pixels[4 * i + c], light));
    }
  }
  return image;
}

}  // namespace

Image decode_jpeg(const std::vector<uint8_t>& bytes, const std::string& path) {
  JpegDecoder decoder;
  Image image;
  if (!decode_into(decoder, bytes, path, image)) {
    throw IoError(path, std::string("damaged JPEG: ") + decoder.reason.data());
  }
  return image.channels == 4 ? rgb_of_inks(image) : image;
}

}  // namespace qsweep
