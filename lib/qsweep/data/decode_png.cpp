#include "qsweep/core/error.hpp"
#include "qsweep/data/decode_image.hpp"

#include <algorithm>
#include <csetjmp>
#include <png.h>

namespace qsweep {
namespace {

/// libpng's state, the bytes that are left, and why it gave up.
struct PngDecoder {
  png_structp state = nullptr;
  png_infop info = nullptr;
  const uint8_t* bytes = nullptr;
  size_t left = 0;
  std::string reason;

  PngDecoder() = default;
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;
  ~PngDecoder() { png_destroy_read_struct(&state, &info, nullptr); }
};

[[noreturn]] void give_up(png_structp state, png_const_charp reason) {
  static_cast<PngDecoder*>(png_get_error_ptr(state))->reason = reason;
  png_longjmp(state, 1);
}

void ignore_warning(png_structp, png_const_charp) {}  // of odd but harmless chunks

void give_bytes(png_structp state, png_bytep target, size_t count) {
  auto* decoder = static_cast<PngDecoder*>(png_get_io_ptr(state));
  if (count > decoder->left) {
    png_error(state, "the file ends early");
  }
  std::copy_n(decoder->bytes, count, target);
  decoder->bytes += count;
  decoder->left -= count;
}

/// Whatever is stored becomes three bytes per pixel.
void ask_for_rgb(PngDecoder& decoder) {
  png_set_strip_16(decoder.state);
  png_set_palette_to_rgb(decoder.state);
  png_set_expand_gray_1_2_4_to_8(decoder.state);
  png_set_gray_to_rgb(decoder.state);
  png_set_strip_alpha(decoder.state);
  png_set_interlace_handling(decoder.state);
  png_read_update_info(decoder.state, decoder.info);
}

/// Nothing in here may own memory while libpng runs: longjmp calls no destructors.
bool decode_into(PngDecoder& decoder,
                 const std::string& path,
                 Image& image,
                 std::vector<png_bytep>& rows) {
  if (setjmp(png_jmpbuf(decoder.state)) != 0) {
    return false;
  }
  png_set_read_fn(decoder.state, &decoder, give_bytes);
  png_read_info(decoder.state, decoder.info);
  ask_for_rgb(decoder);
  const png_uint_32 height = png_get_image_height(decoder.state, decoder.info);
  const png_uint_32 width = png_get_image_width(decoder.state, decoder.info);
  check_pixels(width, height, path);
  image = Image(height, width, 3);
  for (int64_t y = 0; y < image.height; ++y) {
    rows.push_back(image.at(y, 0));
  }
  png_read_image(decoder.state, rows.data());
  png_read_end(decoder.state, nullptr);
  return true;
}

}  // namespace

Image decode_png(const std::vector<uint8_t>& bytes, const std::string& path) {
  PngDecoder decoder;
  decoder.bytes = bytes.data();
  decoder.left = bytes.size();
  decoder.state = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, give_up, ignore_warning);
  decoder.info = decoder.state != nullptr ? png_create_info_struct(decoder.state) : nullptr;
  if (decoder.info == nullptr) {
    throw IoError(path, "no memory for a PNG decoder");
  }
  Image image;
  std::vector<png_bytep> rows;
  if (!decode_into(decoder, path, image, rows)) {
    throw IoError(path, "damaged PNG: " + decoder.reason);
  }
  return image;
}

}  // namespace qsweep
