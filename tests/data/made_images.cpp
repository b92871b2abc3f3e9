#include "made_images.hpp"

#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <png.h>

namespace qsweep {
namespace {

void append(png_structp png, png_bytep bytes, size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))
      ->append(reinterpret_cast<const char*>(bytes), count);
}

void flush(png_structp) {}

int colour_type(int64_t channels) {
  constexpr int kTypes[] = {
      PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  return kTypes[channels - 1];
}

std::string write_png(const std::vector<std::vector<uint8_t>>& rows,
                      int64_t width,
                      int bits,
                      int type,
                      const std::vector<png_color>& palette) {
  std::string bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, append, flush);
  png_set_IHDR(png,
               info,
               static_cast<png_uint_32>(width),
               static_cast<png_uint_32>(rows.size()),
               bits,
               type,
               PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (!palette.empty()) {
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  }
  png_write_info(png, info);
  for (const auto& row : rows) {
    png_write_row(png, row.data());
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

}  // namespace

Image gradient(int64_t height, int64_t width, int64_t channels) {
  Image image(height, width, channels);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < channels; ++c) {
        image.at(y, x)[c] = static_cast<uint8_t>((7 * y + 5 * x * (c + 1) + 40 * c) % 256);
      }
    }
  }
  return image;
}

Image plain(int64_t height, int64_t width, const std::vector<uint8_t>& pixel) {
  Image image(height, width, static_cast<int64_t>(pixel.size()));
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = pixel[i % pixel.size()];
  }
  return image;
}

std::string jpeg_of(const Image& image) {
  jpeg_compress_struct state{};
  jpeg_error_mgr errors{};
  state.err = jpeg_std_error(&errors);
  jpeg_create_compress(&state);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&state, &buffer, &size);
  state.image_width = static_cast<JDIMENSION>(image.width);
  state.image_height = static_cast<JDIMENSION>(image.height);
  state.input_components = static_cast<int>(image.channels);
  state.in_color_space = image.channels == 1   ? JCS_GRAYSCALE
                         : image.channels == 3 ? JCS_RGB
                                               : JCS_CMYK;
  jpeg_set_defaults(&state);
  jpeg_set_quality(&state, 90, TRUE);
  jpeg_start_compress(&state, TRUE);
  for (int64_t y = 0; y < image.height; ++y) {
    auto* row = const_cast<JSAMPROW>(image.at(y, 0));
    jpeg_write_scanlines(&state, &row, 1);
  }
  jpeg_finish_compress(&state);
  jpeg_destroy_compress(&state);
  const std::string bytes(reinterpret_cast<char*>(buffer), size);
  std::free(buffer);
  return bytes;
}

std::string png_of(const Image& image, int bits) {
  std::vector<std::vector<uint8_t>> rows;
  const int64_t row_bytes = image.width * image.channels;
  for (int64_t y = 0; y < image.height; ++y) {
    rows.emplace_back();
    for (int64_t i = 0; i < row_bytes; ++i) {
      rows.back().push_back(image.at(y, 0)[i]);
      if (bits == 16) {
        rows.back().push_back(77);
      }
    }
  }
  return write_png(rows, image.width, bits, colour_type(image.channels), {});
}

std::string palette_png(int64_t height, int64_t width, const std::vector<uint8_t>& colour) {
  const std::vector<uint8_t> row(static_cast<size_t>(width + 7) / 8, 0xFF);
  return write_png(std::vector<std::vector<uint8_t>>(static_cast<size_t>(height), row),
                   width,
                   1,
                   PNG_COLOR_TYPE_PALETTE,
                   {{0, 0, 0}, {colour[0], colour[1], colour[2]}});
}

}  // namespace qsweep
