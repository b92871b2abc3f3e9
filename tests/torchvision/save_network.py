"""Saves a classification network of torchvision with random weights, scripted and traced.

save_network.py list            the networks of less than 100 million parameters
save_network.py NAME FOLDER     FOLDER/script.pt, FOLDER/trace.pt, FOLDER/size; FOLDER/why where it cannot be scripted
"""
import sys
import warnings

import torch
from torchvision import models

CLASSES = 10
SIZES = {'inception_v3': 96}  # its pools make nothing of 64
PARAMETERS = {
    'googlenet': {'init_weights': False},  # a slow way to the same distribution
    'inception_v3': {'init_weights': False},
    'vit_b_16': {'image_size': 64},
    'vit_b_32': {'image_size': 64},
    'maxvit_t': {'input_size': (224, 224)},
}
SIZES['maxvit_t'] = 224  # its windows of 7x7 fit no smaller one


def names():
    return [name for name in models.list_models(module=models)
            if models.get_model_weights(name).DEFAULT.meta['num_params'] < 100e6]


def set_statistics(network, images):
    """The batch norms get those of the images, as in a trained network: with those of a new one values fade away."""
    network.eval()
    norms = [module.train() for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum, norm.usual_momentum = 1.0, norm.momentum
    with torch.no_grad():
        network(images)
    for norm in norms:
        norm.momentum = norm.usual_momentum
        del norm.usual_momentum
    network.train()


def save(name, folder):
    torch.manual_seed(1)
    network = models.get_model(name, weights=None, num_classes=CLASSES, **PARAMETERS.get(name, {}))
    size = SIZES.get(name, 64)
    with open(folder + '/size', 'w') as file:
        file.write(str(size))
    set_statistics(network, torch.randn(8, 3, size, size))
    try:
        torch.jit.script(network).save(folder + '/script.pt')
    except Exception as error:
        with open(folder + '/why', 'w') as file:
            file.write(str(error).strip().splitlines()[0])
    network.eval()
    torch.jit.trace(network, torch.rand(2, 3, size, size), check_trace=False).save(folder + '/trace.pt')


warnings.simplefilter('ignore')
if sys.argv[1] == 'list':
    print('\n'.join(names()))
else:
    save(sys.argv[1], sys.argv[2])
