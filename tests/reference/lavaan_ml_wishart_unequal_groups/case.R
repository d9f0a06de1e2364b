# The Wishart likelihood in groups of different sizes.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, group = "group", group.equal = c("loadings", "intercepts"), likelihood = "wishart")
write_case(fit)
