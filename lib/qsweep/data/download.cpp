#include "qsweep/data/download.hpp"

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/hex.hpp"
#include "qsweep/core/unfinished_file.hpp"

#include <array>
#include <cstdlib>
#include <curl/curl.h>
#include <exception>
#include <filesystem>
#include <memory>
#include <openssl/evp.h>
#include <string_view>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

/// The file as it arrives, and the digest of what arrived.
class Arrival {
 public:
  explicit Arrival(const std::string& path) : file_(path) {
    if (EVP_DigestInit_ex(digest_.get(), EVP_md5(), nullptr) != 1) {
      throw IoError("OpenSSL gives no MD5 here, by which downloads are checked");
    }
  }

  // Called by libcurl, through which no exception may pass.
  bool add(std::string_view bytes) noexcept {
    try {
      EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size());
      file_.add(bytes);
    } catch (const WriteError&) {
      failure_ = std::current_exception();
    }
    return !failure_;
  }

  void check_written() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

  std::string md5() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(digest_.get(), digest.data(), &size);
    return hex_of(digest.data(), size);
  }

  void keep() { file_.commit(); }

 private:
  AtomicFile file_;
  std::exception_ptr failure_;
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

size_t receive(char* bytes, size_t size, size_t count, void* arrival) {
  return static_cast<Arrival*>(arrival)->add({bytes, size * count}) ? size * count : 0;
}

/// The reason why the transfer failed; empty if it did not.
std::string transfer(const std::string& url, Arrival& arrival) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &arrival);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1000L);  // bytes per second,
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, 60L);     // for so many seconds
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) {
    return {};
  }
  return reason[0] != '\0' ? reason.data() : curl_easy_strerror(code);
}

std::string address(const RemoteFile& file) {
  const char* mirror = std::getenv("QSWEEP_DOWNLOAD_BASE");
  if (mirror == nullptr || *mirror == '\0') {
    return file.base + file.name;
  }
  const std::string base = mirror;
  return base + (base.back() == '/' ? "" : "/") + file.name;
}

std::string by_hand(const std::vector<std::string>& wanted, const std::string& folder) {
  std::string text = "; put ";
  for (size_t i = 0; i < wanted.size(); ++i) {
    text += (i == 0 ? "" : ", ") + wanted[i];
  }
  return text + " into " + folder;
}

std::string made(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw WriteError(folder, error.message());
  }
  return folder;
}

}  // namespace

DownloadLock::DownloadLock(const std::string& folder) : lock_(made(folder) + "/.download.lock") {}

void download_file(const RemoteFile& file,
                   const std::string& folder,
                   const std::vector<std::string>& wanted) {
  const std::string path = fs::path(folder) / file.name;
  const std::string url = address(file);
  remove_unfinished(path);
  Arrival arrival(path);
  const std::string failure = transfer(url, arrival);
  arrival.check_written();
  if (!failure.empty()) {
    throw IoError(url, "cannot be downloaded", ": " + failure + by_hand(wanted, folder));
  }
  if (const std::string md5 = arrival.md5(); md5 != file.md5) {
    throw IoError(url,
                  "wrong checksum: its MD5 is " + md5 + ", expected " + file.md5,
                  by_hand(wanted, folder));
  }
  arrival.keep();
}

}  // namespace qsweep
