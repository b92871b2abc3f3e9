#pragma once

#include "qsweep/data/image_source.hpp"

#include <memory>

namespace qsweep {

// One function per data set, each in a file of its own; registry.cpp lists them. Each throws
// IoError if its files are missing and cannot be downloaded.
std::unique_ptr<ImageSource> open_synthetic(const SourceRequest& request);
std::unique_ptr<ImageSource> open_cifar10(const SourceRequest& request);
std::unique_ptr<ImageSource> open_cifar100(const SourceRequest& request);
std::unique_ptr<ImageSource> open_mnist(const SourceRequest& request);
std::unique_ptr<ImageSource> open_fashion_mnist(const SourceRequest& request);
std::unique_ptr<ImageSource> open_image_folder(const SourceRequest& request);

}  // namespace qsweep
