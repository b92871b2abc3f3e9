#include "qsweep/trial/stages.hpp"

#include <numeric>

namespace qsweep {

void resize_for(const TrialModel& model, DataSettings& data) {
  if (model.size > 0) {
    data.resize = model.size;
    data.crop = model.size;
  }
}

EvaluationSet Stage::evaluation_set(const Images& images) const {
  EvaluationSet set;
  set.dataset = &dataset;
  set.images = &images;
  set.order = draw_images(images, classes(), settings.limit, settings.seed, "evaluate");
  set.batch = settings.evaluate_batch;
  set.device = device();
  return set;
}

TrainingSet Stage::training_set(const std::string& purpose) const {
  TrainingSet set;
  set.dataset = &dataset;
  set.images.resize(static_cast<size_t>(dataset.train->count()));
  std::iota(set.images.begin(), set.images.end(), 0);
  set.augment = settings.data.augment == "crop_flip";
  set.seed = settings.seed;
  set.purpose = purpose;
  set.device = device();
  return set;
}

}  // namespace qsweep
