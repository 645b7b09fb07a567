// The default table as a program: a line with a JSON list of texts in, one with their vectors out.

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/json.h"
#include "embed/factory.h"

int main() {
  using coppice::Json;
  const auto embedder = coppice::embed::OpenEmbedder(coppice::embed::kDefaultModel);
  if (!embedder) return 1;
  const auto dimensions = static_cast<std::size_t>((*embedder)->info().dimensions);
  for (std::string line; std::getline(std::cin, line);) {
    const auto texts = Json::parse(line).get<std::vector<std::string>>();
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<float> rows(texts.size() * dimensions);
    if (!(*embedder)->Embed(views, coppice::embed::Purpose::kDocument, rows,
                            coppice::Deadline::Never())) {
      return 1;
    }
    Json vectors = Json::array();
    for (auto row = rows.begin(); row != rows.end();
         row += static_cast<std::ptrdiff_t>(dimensions)) {
      vectors.push_back(std::vector<float>(row, row + static_cast<std::ptrdiff_t>(dimensions)));
    }
    std::cout << vectors.dump() << std::endl;
  }
  return 0;
}
