# By school, equal loadings and intercepts: latent means free in the second group.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school", group.equal = c("loadings", "intercepts"))
write_case(fit)
